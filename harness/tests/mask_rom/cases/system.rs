//! Interrupt tables and locks, tasks, GPIO, delays.

use super::{act, few, word};
use crate::bench::{Call, Case, BUFFER, OTHER};
use fastrand::Rng;

pub const CASES: &[Case] = &[
    word(
        "_xtos_set_exception_handler",
        0x4000_0454,
        exception_handler,
    ),
    few(act("ets_set_idle_cb", 0x4000_0DC0, two_words)),
    act("ets_task", 0x4000_0DD0, task),
    word("ets_post", 0x4000_0E24, post),
    few(act("ets_intr_lock", 0x4000_0F74, nothing)),
    few(act("ets_intr_unlock", 0x4000_0F80, nothing)),
    act("ets_isr_attach", 0x4000_0F88, interrupt_handler),
    act("ets_isr_mask", 0x4000_0F98, mask),
    act("ets_isr_unmask", 0x4000_0FA8, mask),
    few(act("ets_set_user_start", 0x4000_0FBC, two_words)),
    few(word("rtc_get_reset_reason", 0x4000_25E0, nothing)),
    few(act("ets_delay_us", 0x4000_2ECC, delay)),
    few(act("ets_update_cpu_frequency", 0x4000_2F04, two_words)),
    few(word("ets_get_cpu_frequency", 0x4000_2F0C, nothing)),
    act("gpio_output_set", 0x4000_4CD0, pins),
    few(word("gpio_input_get", 0x4000_4CF0, nothing)),
    act("gpio_pin_wakeup_enable", 0x4000_4E90, wake),
    act("gpio_pin_wakeup_disable", 0x4000_4ED4, wakers),
    word(
        "_xtos_set_interrupt_handler_arg",
        0x4000_BD28,
        interrupt_handler,
    ),
    word(
        "_xtos_set_interrupt_handler",
        0x4000_BD70,
        interrupt_handler,
    ),
    word("_xtos_ints_on", 0x4000_BD84, mask),
    word("_xtos_ints_off", 0x4000_BDA4, mask),
    few(act("xthal_set_ccompare", 0x4000_DD40, compare)),
    few(word("xthal_get_ccompare", 0x4000_DD4C, nothing)),
    few(word("xthal_get_interrupt", 0x4000_DD58, nothing)),
    few(act("xthal_set_intclear", 0x4000_DD60, mask)),
    act("lldesc_build_chain", 0x4000_4F40, chain),
    word("lldesc_num2link", 0x4000_5050, link),
    act("lldesc_set_owner", 0x4000_507C, link),
];

fn nothing(_: &mut Rng) -> Call {
    Call::of(&[])
}

fn two_words(random: &mut Rng) -> Call {
    Call::of(&[random.u32(..), random.u32(..)])
}

fn exception_handler(random: &mut Rng) -> Call {
    let function = match random.bool() {
        true => 0,
        false => 0x4010_0000 | random.u32(0..0x1000) << 2,
    };
    Call::of(&[random.u32(0..70), function])
}

fn task(random: &mut Rng) -> Call {
    let queue = BUFFER + 8 * random.u32(0..16);
    Call::of(&[random.u32(..), random.u32(0..32), queue, random.u32(1..16)])
}

/// To a task with a queue in any state that can be.
fn post(random: &mut Rng) -> Call {
    let priority = random.u32(0..32);
    let task = 0x3FFF_DAC0 + 16 * priority;
    let length = random.u8(1..8);
    let (put, get, count) = (
        random.u8(0..length),
        random.u8(0..length),
        random.u8(0..=length),
    );
    Call::of(&[priority, random.u32(..), random.u32(..)])
        .word(task + 4, BUFFER)
        .with(task + 8, [length, put, get, count])
        .word(task + 12, 1 << priority)
}

fn interrupt_handler(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..14), random.u32(..), random.u32(..)])
}

fn mask(random: &mut Rng) -> Call {
    // Not the timer: its interrupt would come, and nobody handles it.
    Call::of(&[random.u32(..) & 0x2F00])
}

fn delay(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..1000)])
}

fn compare(_: &mut Rng) -> Call {
    Call::of(&[0, 0x7000_0000])
}

fn wake(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..16), random.u32(0..8)])
}

fn wakers(random: &mut Rng) -> Call {
    (0..16).fold(Call::of(&[]), |call, pin| {
        call.word(0x6000_0328 + 4 * pin, random.u32(0..0x1000))
    })
}

fn chain(random: &mut Rng) -> Call {
    let size = 4 * random.u32(1..100);
    let full = random.u32(0..2);
    let noise: Vec<u8> = (0..256).map(|_| random.u8(..)).collect();
    let arguments = [
        BUFFER,
        256,
        OTHER,
        size * random.u32(1..20) + 2,
        size,
        full,
        BUFFER + 0x800,
        BUFFER + 0x804,
    ];
    Call::of(&arguments).with(BUFFER, noise)
}

/// Eight descriptors in a row.
fn link(random: &mut Rng) -> Call {
    let call = Call::of(&[BUFFER, random.u32(1..8), random.u32(..)]);
    (0..8).fold(call, |call, number| {
        let at = BUFFER + 12 * number;
        call.word(at, random.u32(..)).word(at + 8, at + 12)
    })
}

fn pins(random: &mut Rng) -> Call {
    let word = |random: &mut Rng| random.u32(0..0x1_0000);
    Call::of(&[word(random), word(random), word(random), word(random)])
}
