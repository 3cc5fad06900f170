#![no_main]

use std::cell::OnceCell;

use ovhcloud_exporter_fuzz::answers::Answers;
use ovhcloud_exporter_fuzz::page;

thread_local! {
    static ANSWERS: OnceCell<Answers> = const { OnceCell::new() };
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    ANSWERS.with(|answers| answers.get_or_init(Answers::new).read(bytes, page));
});
