#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ovhcloud_exporter_fuzz::parsers::ovh_conf(bytes));
