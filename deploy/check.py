#!/usr/bin/env python3
"""Checks the files of this directory, as far as that is possible without a cluster and a container engine.

pip install -r requirements.txt
python3 check.py

Tools that are missing (kubectl, docker compose, promtool, amtool, vmagent) are named, and their checks do not
run; REQUIRE_KUBECTL=1, REQUIRE_COMPOSE=1, REQUIRE_PROMTOOL=1, REQUIRE_AMTOOL=1 or REQUIRE_VMAGENT=1 make that an
error.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import yaml

DEPLOY = Path(__file__).resolve().parent
ROOT = DEPLOY.parent
COMPOSE = DEPLOY / "compose" / "compose.yaml"
ACCOUNT = DEPLOY / "compose" / "compose.account.yaml"
# The oldest and the newest version whose schemas the manifests meet.
VERSIONS = ("1.25", "1.37")
# Kubernetes refuses larger objects.
LARGEST_CONFIG_MAP = 1024 * 1024
# Schemas of these groups belong to the Prometheus operator and not to Kubernetes.
OPERATOR = "monitoring.coreos.com/"

errors = []


def expect(holds, error):
    if not holds:
        errors.append(error)


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def run(what, command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    expect(done.returncode == 0, f"{what}: {' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def has(tool, variable):
    """Whether a tool exists; says so if its checks do not run."""
    if shutil.which(tool):
        return True
    print(f"not run, there is no {tool}")
    expect(variable not in os.environ, f"{variable} is set and there is no {tool}")
    return False


def names(directory, pattern):
    found = {path.name for path in (ROOT / directory).glob(pattern)}
    expect(found, f"no {directory}/{pattern}")
    return found


# --- compose, Prometheus, Alertmanager, Grafana ---


def services():
    """Each service is hardened and mounts only what exists; the dashboards are complete."""
    found = load(COMPOSE)["services"]
    dashboards = set()
    for name, service in found.items():
        expect(service.get("read_only") is True, f"compose: {name} is writable")
        expect(service.get("cap_drop") == ["ALL"], f"compose: {name} keeps capabilities")
        expect(
            service.get("security_opt") == ["no-new-privileges:true"],
            f"compose: {name} may get new privileges",
        )
        expect(not service.get("privileged") and not service.get("cap_add"), f"compose: {name} is privileged")
        for port in service["ports"]:
            expect(
                port.startswith("127.0.0.1:"),
                f"compose: {name} listens on other addresses than loopback: {port}",
            )
        tag = service["image"].rpartition(":")[2]
        expect(tag[:1].isdigit() or tag[:1] == "v", f"compose: the image of {name} has no version")
        for volume in service.get("volumes", []):
            if not isinstance(volume, dict):
                continue
            source = (COMPOSE.parent / volume["source"]).resolve()
            expect(source.exists(), f"compose: {name} mounts {volume['source']}, which does not exist")
            expect(volume["read_only"] is True, f"compose: {name} may write {volume['source']}")
            if source.parent == ROOT / "dashboards":
                dashboards.add(source.name)
                expect(
                    volume["target"] == f"{dashboard_path()}/{source.name}",
                    f"compose: Grafana does not read {volume['target']}",
                )
            expect(source != ROOT / "dashboards", "compose: mounts the dashboards' whole directory")
    expect(dashboards == names("dashboards", "*.json"), f"compose: mounts {sorted(dashboards)}")
    home = found["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    expect(Path(home).name in dashboards, f"compose: the home dashboard {home} is not mounted")


def dashboard_path():
    provider = load(DEPLOY / "grafana/provisioning/dashboards/ovhcloud.yaml")["providers"][0]
    return provider["options"]["path"]


def addresses():
    """The hosts in the configurations are services of compose."""
    hosts = set(load(COMPOSE)["services"])
    prometheus = load(DEPLOY / "prometheus/prometheus.yml")
    scrape = prometheus["scrape_configs"][0]
    expect(scrape["honor_labels"] is True, "prometheus: no honor_labels")
    targets = scrape["static_configs"][0]["targets"]
    for alertmanager in prometheus["alerting"]["alertmanagers"]:
        targets = targets + alertmanager["static_configs"][0]["targets"]
    source = load(DEPLOY / "grafana/provisioning/datasources/prometheus.yaml")["datasources"][0]
    for target in [*targets, source["url"].removeprefix("http://")]:
        expect(target.partition(":")[0] in hosts, f"{target} is no service of compose")
    rules = {Path(path).name for path in prometheus["rule_files"]}
    expect(rules == names("alerts", "*.rules.yaml"), f"prometheus: loads {sorted(rules)}")


def composes():
    if not has("docker", "REQUIRE_COMPOSE"):
        return
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0:
        print("not run, docker has no compose")
        expect("REQUIRE_COMPOSE" not in os.environ, "REQUIRE_COMPOSE is set and docker has no compose")
        return
    run("compose", ["docker", "compose", "-f", str(COMPOSE), "config", "--quiet"])
    # The example in place of the user's own file.
    text = ACCOUNT.read_text(encoding="utf-8").replace("account.env", "account.env.example")
    run("compose", ["docker", "compose", "-f", str(COMPOSE), "-f", "-", "config", "--quiet"], input=text)


def tools():
    if has("promtool", "REQUIRE_PROMTOOL"):
        run("prometheus", ["promtool", "check", "config", str(DEPLOY / "prometheus/prometheus.yml")])
        run("prometheus", ["promtool", "check", "config", "--agent", str(DEPLOY / "prometheus/agent.yml")])
    if has("vmagent", "REQUIRE_VMAGENT"):
        config = f"-promscrape.config={DEPLOY / 'prometheus/vmagent.yml'}"
        run("vmagent", ["vmagent", "-dryRun", config, "-promscrape.config.strictParse"])
    if not has("amtool", "REQUIRE_AMTOOL"):
        return
    config = DEPLOY / "alertmanager/alertmanager.yml"
    run("alertmanager", ["amtool", "check-config", str(config)])
    routes = {
        ("severity=critical", "team=platform"): "on-call,platform",
        ("severity=critical",): "on-call",
        ("severity=warning", "team=platform"): "platform",
        ("severity=warning", "team=other"): "default",
        ("severity=info",): "default",
    }
    for labels, receivers in routes.items():
        command = [
            "amtool",
            "config",
            "routes",
            "test",
            f"--config.file={config}",
            "alertname=OvhcloudPolicyViolationHigh",
        ]
        got = run("alertmanager", [*command, *labels]).strip()
        expect(got == receivers, f"alertmanager: {labels} goes to {got}, not to {receivers}")


# --- Kubernetes ---


def build(directory):
    text = run("kustomize", ["kubectl", "kustomize", str(directory)])
    return [document for document in yaml.safe_load_all(text) if document]


def of_kind(manifests, kind):
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def valid(manifests):
    for manifest in manifests:
        if manifest["apiVersion"].startswith(OPERATOR):
            continue
        name = f"{manifest['kind']} {manifest['metadata']['name']}"
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                expect(False, f"kubernetes {version}: {name}: {error.message}")


def workload(manifests):
    """The Deployment, or the StatefulSet of shards."""
    (found,) = of_kind(manifests, "Deployment") + of_kind(manifests, "StatefulSet")
    return found


def variables(workload):
    return {entry["name"]: entry for entry in workload["spec"]["template"]["spec"]["containers"][0]["env"]}


def sharded(manifests):
    """Each pod has an index of its own, a volume of its own, and the number of all pods."""
    found = workload(manifests)
    expect(found["kind"] == "StatefulSet", "kubernetes: the shards are no StatefulSet")
    environment = variables(found)
    index = environment["OVHCLOUD_EXPORTER_SHARD_INDEX"]["valueFrom"]["fieldRef"]["fieldPath"]
    expect(index == "metadata.name", f"kubernetes: the index of a shard is {index}")
    total = environment["OVHCLOUD_EXPORTER_SHARD_TOTAL"]["value"]
    replicas = found["spec"]["replicas"]
    expect(total == str(replicas), f"kubernetes: {replicas} pods of {total} shards")
    container = found["spec"]["template"]["spec"]["containers"][0]
    claims = {claim["metadata"]["name"] for claim in found["spec"]["volumeClaimTemplates"]}
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    expect(claims == {"state"} and claims <= mounted, f"kubernetes: the shards keep {claims}")
    services = {service["metadata"]["name"]: service for service in of_kind(manifests, "Service")}
    headless = services[found["spec"]["serviceName"]]
    expect(headless["spec"]["clusterIP"] == "None", "kubernetes: the service of the shards has an address")
    # The monitor selects services by their labels: a second one would have each pod scraped twice.
    expect("labels" not in headless["metadata"], "kubernetes: a monitor selects the headless service")


def restricted(deployment):
    """The Pod Security standard `restricted`, and a file system that is read-only."""
    pod = deployment["spec"]["template"]["spec"]
    context = pod["securityContext"]
    expect(
        context["runAsNonRoot"] is True and context["runAsUser"] == 65532,
        "kubernetes: the pod may run as root",
    )
    expect(context["seccompProfile"] == {"type": "RuntimeDefault"}, "kubernetes: no seccomp profile")
    expect(pod["automountServiceAccountToken"] is False, "kubernetes: the pod has a token of the cluster")
    for field in ("hostNetwork", "hostPID", "hostIPC", "initContainers"):
        expect(field not in pod, f"kubernetes: the pod has {field}")
    for volume in pod["volumes"]:
        kinds = set(volume) - {"name"}
        expect(kinds <= {"configMap", "secret", "emptyDir"}, f"kubernetes: volume {volume['name']}: {kinds}")
    for container in pod["containers"]:
        context = container["securityContext"]
        expect(context["allowPrivilegeEscalation"] is False, "kubernetes: privilege escalation is allowed")
        expect(context["readOnlyRootFilesystem"] is True, "kubernetes: the file system is writable")
        expect(context["capabilities"] == {"drop": ["ALL"]}, "kubernetes: capabilities are kept")
        expect("privileged" not in context, "kubernetes: the container is privileged")
        expect({"cpu", "memory"} <= set(container["resources"]["requests"]), "kubernetes: no requests")


def consistent(manifests):
    """The names, labels and ports that refer to each other."""
    deployment = workload(manifests)
    (service,) = [found for found in of_kind(manifests, "Service") if "clusterIP" not in found["spec"]]
    (policy,) = of_kind(manifests, "NetworkPolicy")
    (account,) = of_kind(manifests, "ServiceAccount")
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"].items()
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        policy["spec"]["podSelector"]["matchLabels"],
    ):
        expect(selector and selector.items() <= labels, f"kubernetes: {selector} does not select the pod")
    container = template["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    expect(ports == {"http": 10045}, f"kubernetes: ports {ports}")
    for port in service["spec"]["ports"]:
        expect(port["targetPort"] in ports, f"kubernetes: the service has no port {port['targetPort']}")
    for probe in ("livenessProbe", "readinessProbe"):
        expect(container[probe]["httpGet"]["port"] in ports, f"kubernetes: the {probe} has no port")
    allowed = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
    expect(allowed == {10045}, f"kubernetes: the network policy lets {allowed} in")
    allowed = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
    expect(allowed == {53, 443}, f"kubernetes: the network policy lets {allowed} out")
    expect(account["automountServiceAccountToken"] is False, "kubernetes: the account has a token")
    # Kustomize gives the ConfigMap a name with a hash, here as there.
    volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
    maps = {found["metadata"]["name"] for found in of_kind(manifests, "ConfigMap")}
    expect(volumes["config"]["configMap"]["name"] in maps, "kubernetes: the configuration has another name")
    secret = load(DEPLOY / "kubernetes/exporter/secret.example.yaml")
    valid([secret])
    wanted = variables(deployment)["OVH_CLIENT_ID"]["valueFrom"]["secretKeyRef"]
    items = {item["key"] for item in volumes["secret"]["secret"]["items"]}
    expect(
        wanted["name"] == volumes["secret"]["secret"]["secretName"] == secret["metadata"]["name"],
        "kubernetes: another secret",
    )
    expect(items | {wanted["key"]} == set(secret["stringData"]), "kubernetes: the example has other keys")


def monitoring(manifests):
    """The objects of the operator and of Grafana are complete."""
    (monitor,) = of_kind(manifests, "ServiceMonitor")
    (service,) = of_kind(manifests, "Service")
    selector = monitor["spec"]["selector"]["matchLabels"]
    expect(
        selector.items() <= service["metadata"]["labels"].items(),
        "kubernetes: the monitor selects no service",
    )
    (endpoint,) = monitor["spec"]["endpoints"]
    expect(endpoint["honorLabels"] is True, "kubernetes: no honorLabels")
    expect(
        endpoint["port"] in {port["name"] for port in service["spec"]["ports"]},
        "kubernetes: the monitor has no port",
    )
    rules = [group for found in of_kind(manifests, "PrometheusRule") for group in found["spec"]["groups"]]
    files = [
        group
        for name in sorted(names("alerts", "*.rules.yaml"))
        for group in load(ROOT / "alerts" / name)["groups"]
    ]
    expect(rules == files, "kubernetes: the PrometheusRule has other rules than alerts/*.rules.yaml")
    dashboards = {}
    for found in of_kind(manifests, "ConfigMap"):
        if found["metadata"].get("labels", {}).get("grafana_dashboard") == "1":
            dashboards.update(found["data"])
            size = len(json.dumps(found).encode())
            expect(size < LARGEST_CONFIG_MAP, f"kubernetes: {found['metadata']['name']} has {size} bytes")
    expect(
        set(dashboards) == names("dashboards", "*.json"),
        f"kubernetes: the dashboards are {sorted(dashboards)}",
    )
    for name, text in dashboards.items():
        json.loads(text)
        expect(name.endswith(".json"), f"kubernetes: {name} is no dashboard")


def kubernetes():
    if not has("kubectl", "REQUIRE_KUBECTL"):
        return
    for directory in ("kubernetes/exporter", "kubernetes", "kubernetes/sharded"):
        manifests = build(DEPLOY / directory)
        if not manifests:
            continue
        valid(manifests)
        restricted(workload(manifests))
        consistent(manifests)
        if directory == "kubernetes":
            monitoring(manifests)
        if directory == "kubernetes/sharded":
            sharded(manifests)
        kinds = sorted({manifest["kind"] for manifest in manifests})
        print(f"{directory}: {len(manifests)} manifests: {', '.join(kinds)}")


def main():
    for check in (services, addresses, composes, tools, kubernetes):
        check()
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
