//! For the engine `vendor`: assembles its leaves and compiles the one table of the user's SDK.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    const SOURCES: [&str; 4] = [
        "src/vendor/adapter/cache.S",
        "src/vendor/adapter/context.S",
        "src/vendor/adapter/log.S",
        "src/vendor/adapter/nmi.S",
    ];
    const PARAMETERS: &str = "src/vendor/phy_parameters.c";
    for file in SOURCES.into_iter().chain([PARAMETERS]) {
        println!("cargo:rerun-if-changed={file}");
    }
    println!("cargo:rerun-if-env-changed=ESP8266_RTOS_SDK");
    let is_wanted = env::var_os("CARGO_FEATURE_VENDOR").is_some()
        && env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("xtensa");
    if !is_wanted {
        return;
    }
    let sdk = env::var_os("ESP8266_RTOS_SDK")
        .map(PathBuf::from)
        .expect("ESP8266_RTOS_SDK names the SDK: see docs/vendor-engine.md");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let headers = headers(out.join("include"));
    // The tools are named in .cargo/config.toml.
    cc::Build::new()
        .no_default_flags(true)
        .files(SOURCES)
        .flags(["-mlongcalls", "-mtext-section-literals"])
        .compile("d1_wifi_leaves");
    cc::Build::new()
        .no_default_flags(true)
        .file(PARAMETERS)
        .flags([
            "-Os",
            "-ffreestanding",
            "-mlongcalls",
            "-mtext-section-literals",
        ])
        .flag("-ffunction-sections")
        .include(headers)
        .include(sdk.join("components/esp8266/include"))
        .compile("d1_wifi_parameters");
}

/// What the SDK's header includes of the SDK's other components: the little that it uses of them.
fn headers(directory: PathBuf) -> PathBuf {
    fs::create_dir_all(&directory).expect("OUT_DIR is ours");
    for (name, text) in [
        ("sdkconfig.h", ""),
        ("esp_err.h", "typedef int esp_err_t;\n"),
    ] {
        fs::write(directory.join(name), text).expect("OUT_DIR is ours");
    }
    directory
}
