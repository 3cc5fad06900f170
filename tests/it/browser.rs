//! The pages in a real browser: headless Chromium, where it is installed.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use ovhcloud_simulator::Simulator;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::commands::end;
use crate::configuration::Directory;
use crate::exporter::reference;
use crate::running::Running;
use crate::tools::absent;

/// The worst contrast of a text with its background, as WCAG computes it, and the text; every block
/// is open. A text is at least 4.5 times as bright or as dark as its background.
const CONTRAST: &str = r"(() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const colour = text => text.match(/[\d.]+/g).map(Number);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const found = colour(getComputedStyle(node).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const all = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !node.getClientRects().length) continue;
    const [a, b] = [light(colour(getComputedStyle(node).color)), light(behind(node))];
    all.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), walk.currentNode.data.trim()]);
  }
  all.sort((a, b) => a[0] - b[0]);
  return [all.length, ...all[0]];
})()";

/// Opens every block.
const OPEN: &str = "document.querySelectorAll('details').forEach(one => { one.open = true })";

/// A page in Chromium, driven over a pipe by the `DevTools` protocol.
struct Browser {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    session: Option<String>,
    last: u64,
    /// Errors that the console of the page has, loads that fail among them.
    errors: Vec<Value>,
    _profile: Directory,
}

impl Browser {
    /// `None` where Chromium is not installed, which the test says.
    fn start() -> Option<Self> {
        let profile = Directory::new();
        let mut command = Command::new("sh");
        // Chromium reads the descriptor 3 and writes 4.
        let script = "command -v chromium >/dev/null || exit 127
            exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage \
            --no-first-run --user-data-dir=\"$0\" --remote-debugging-pipe 3<&0 4>&1 </dev/null \
            >/dev/null 2>&1";
        command.args(["-c", script]).arg(&profile.0);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("there is no sh");
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut browser = Self {
            child,
            requests,
            answers,
            session: None,
            last: 0,
            errors: Vec::new(),
            _profile: profile,
        };
        let Some(version) = browser.try_call("Browser.getVersion", &json!({})) else {
            assert_eq!(browser.child.wait().unwrap().code(), Some(127), "Chromium does not start");
            absent("chromium");
            return None;
        };
        assert!(version["product"].as_str().unwrap().contains("Chrome"));
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", &attach);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            browser.call(domain, &json!({}));
        }
        Some(browser)
    }

    /// The result of a method; `None` if the browser has ended.
    fn try_call(&mut self, method: &str, parameters: &Value) -> Option<Value> {
        self.last += 1;
        let mut request = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        match self.requests.write_all(format!("{request}\0").as_bytes()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return None,
            result => result.unwrap(),
        }
        loop {
            let answer = self.answer()?;
            if answer["id"] == self.last {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return Some(answer["result"].clone());
            }
        }
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.try_call(method, parameters).expect("Chromium has ended")
    }

    /// The next message, an answer or an event.
    fn answer(&mut self) -> Option<Value> {
        let mut message = Vec::new();
        if self.answers.read_until(0, &mut message).unwrap() == 0 {
            return None;
        }
        message.pop();
        let message: Value = serde_json::from_slice(&message).unwrap();
        let is_error = match message["method"].as_str() {
            Some("Log.entryAdded") => message["params"]["entry"]["level"] == "error",
            Some("Runtime.exceptionThrown" | "Runtime.consoleAPICalled") => true,
            _ => false,
        };
        if is_error {
            self.errors.push(message.clone());
        }
        Some(message)
    }

    /// Loads a page in a window of this width.
    fn load(&mut self, url: &str, width: u32) {
        let window =
            json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", &window);
        // Another fragment of the same page is no load.
        for url in ["about:blank", url] {
            let navigated = self.call("Page.navigate", &json!({ "url": url }));
            assert!(navigated.get("errorText").is_none(), "{navigated}");
            while self.answer().expect("Chromium has ended")["method"] != "Page.loadEventFired" {}
        }
    }

    fn scheme(&mut self, scheme: &str) {
        let feature = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", &json!({ "features": feature }));
    }

    /// The value of an expression. The page itself may run no script; `DevTools` may.
    fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true});
        let result = self.call("Runtime.evaluate", &asked);
        assert!(result.get("exceptionDetails").is_none(), "{result}");
        result["result"]["value"].clone()
    }

    /// The page fits a phone with every block open, its texts are readable in light and dark, and
    /// its console has no error.
    #[track_caller]
    fn assert_sound(&mut self, url: &str) {
        for width in [390, 800, 1440] {
            self.load(url, width);
            self.value(OPEN);
            let wide = self.value("document.scrollingElement.scrollWidth");
            let wide = wide.as_u64().unwrap();
            assert!(wide > 300 && wide <= width.into(), "{wide} in {width}: scrolls sideways");
            for scheme in ["light", "dark"] {
                self.scheme(scheme);
                let contrast = self.value(CONTRAST);
                assert!(contrast[0].as_u64().unwrap() > 500, "{contrast}");
                assert!(contrast[1].as_f64().unwrap() >= 4.5, "{scheme}: {contrast}");
            }
        }
        assert!(self.errors.is_empty(), "{:?}", self.errors);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_landing_page_is_sound_and_a_link_opens_its_check() {
    let simulator = reference().await;
    let running = Running::ready(&simulator).await;
    let origin = running.origin.clone();
    let look = move || {
        let Some(mut browser) = Browser::start() else { return };
        browser.assert_sound(&format!("{origin}/"));
        let heading = browser.value("document.querySelector('section h2').textContent");
        assert!(heading.as_str().unwrap().starts_with("Account "), "{heading}");
        for check in ["credential_no_expiry", "user_unlisted", "account_developer_mode"] {
            for width in [390, 1440] {
                browser.load(&format!("{origin}/#check-{check}"), width);
                let block = format!("document.getElementById('check-{check}')");
                let open = browser.value(&format!("{block}.closest('details').open"));
                assert_eq!(open, true, "{check} stays closed");
                let top = format!("{block}.closest('details').getBoundingClientRect().top");
                let top = browser.value(&top).as_f64().unwrap();
                assert!((-1.0..800.0).contains(&top), "{check} is out of sight: {top}");
                let others = browser.value("document.querySelectorAll('details[open]').length");
                assert_eq!(others, 1, "no other check is open");
            }
        }
    };
    spawn_blocking(look).await.unwrap();
}

/// A report in a file of its own.
async fn report(simulator: &Simulator, path: &Path) {
    let output = path.to_str().unwrap();
    let (code, _, log) = end(simulator, &["report", "--format", "html", "--output", output]).await;
    assert_eq!(code, 0, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_sound() {
    let simulator = reference().await;
    let directory = Directory::new();
    let path = directory.0.join("report.html");
    report(&simulator, &path).await;
    let look = move || {
        let Some(mut browser) = Browser::start() else { return };
        browser.assert_sound(&format!("file://{}", path.display()));
        let rows = browser.value("document.querySelectorAll('table.findings tbody tr').length");
        assert!(rows.as_u64().unwrap() > 10, "{rows}");
    };
    spawn_blocking(look).await.unwrap();
    drop(directory);
}
