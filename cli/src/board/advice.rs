//! What to do when a board that was just written does not start.

/// What the pins that the mask ROM reads have to be, and why a reset may be needed, a line each.
pub fn straps() -> [&'static str; 3] {
    [
        "Press reset once: a board that was put in download mode by hand stays there until then, and would return to it \
         after its first update.",
        "GPIO0 (D3) and GPIO2 (D4) have to be high at reset and GPIO15 (D8) low; a D1 mini's own resistors see to that, \
         what is wired to these pins may not.",
        "`d1ota monitor` shows how it starts: `boot mode:(3,x)` is right, `(1,x)` means that GPIO0 was low, and `(7,x)` \
         that GPIO15 was high.",
    ]
}
