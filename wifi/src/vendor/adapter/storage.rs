//! Settings kept in flash: there are none, and the libraries are told so (`nvs_enable` is 0). They do not ask.

/// `ESP_ERR_NVS_NOT_FOUND`.
const NOT_FOUND: i32 = 0x1102;

macro_rules! absent {
    ($($name:ident)*) => {
        $(
            #[no_mangle]
            extern "C" fn $name() -> i32 {
                NOT_FOUND
            }
        )*
    };
}

// Whatever the arguments are: nobody looks at them.
absent! {
    nvs_open nvs_close nvs_commit
    nvs_get_u8 nvs_get_i8 nvs_get_u16 nvs_get_blob
    nvs_set_u8 nvs_set_i8 nvs_set_u16 nvs_set_blob
}
