//! Interrupt locks, delays, GPIO, and the task loop.
//!
//! Hardware facts 4.1 and 4.2.

use super::layout;
use super::port::Port;
use super::Exit;
use crate::cpu::special::{ps, Special};

const RTC_CTRL: u32 = 0x6000_0700;
const GPIO_OUT_SET: u32 = 0x6000_0304;
const GPIO_OUT_CLEAR: u32 = 0x6000_0308;
const GPIO_ENABLE_SET: u32 = 0x6000_0310;
const GPIO_ENABLE_CLEAR: u32 = 0x6000_0314;
const GPIO_IN: u32 = 0x6000_0318;
const GPIO_PIN0: u32 = 0x6000_0328;
const PIN_INTERRUPT: u32 = 7 << 7;
const PIN_WAKES: u32 = 1 << 10;

const IDLE_CALLBACK: u32 = 0x3FFF_DAB0;
const IDLE_ARGUMENT: u32 = 0x3FFF_DAB4;
const READY_MASK: u32 = 0x3FFF_DAB8;
/// Tasks, 16 bytes per priority: function, queue, length/put/get/count, mask.
const TASKS: u32 = 0x3FFF_DAC0;
/// Priority of the task that runs; 0 for none.
const CURRENT_PRIORITY: u32 = 0x3FFF_C6FC;

/// `ets_intr_lock`.
pub async fn lock(port: &Port) {
    let state = port.special(Special::Ps).await;
    port.store(layout::SAVED_PS, state).await;
    port.set_special(Special::Ps, state & !ps::INTLEVEL | 3)
        .await;
}

/// `ets_intr_unlock`: to level 0, nested or not.
pub async fn unlock(port: &Port) {
    let state = port.special(Special::Ps).await;
    port.set_special(Special::Ps, state & !ps::INTLEVEL).await;
}

/// `ets_isr_attach`: the old handler, if there was one. The NMI has none in this table.
pub async fn attach_interrupt(port: &Port, number: u32, function: u32, argument: u32) -> u32 {
    if number > 13 {
        return 0;
    }
    let entry = layout::interrupt_entry(number);
    let old = port.load(entry).await;
    let (function, argument) = match function {
        0 => (layout::handler::UNHANDLED_INTERRUPT, number),
        function => (function, argument),
    };
    port.store(entry, function).await;
    port.store(entry + 4, argument).await;
    match old {
        layout::handler::UNHANDLED_INTERRUPT => 0,
        old => old,
    }
}

/// `ets_isr_mask` and `ets_isr_unmask`: the old mask.
pub async fn mask_interrupts(port: &Port, clear: u32, set: u32) -> u32 {
    let old = port.load(layout::INTERRUPT_MASK).await;
    let mask = old & !clear | set;
    port.store(layout::INTERRUPT_MASK, mask).await;
    let priority = port.load(layout::PRIORITY_MASK).await;
    port.set_special(Special::Intenable, mask & priority).await;
    old
}

/// `gpio_pin_wakeup_enable`: this pin, in this state, ends a light sleep.
pub async fn wake_by_pin(port: &Port, pin: u32, state: u32) {
    lock(port).await;
    let register = GPIO_PIN0.wrapping_add(4 * (pin & 15));
    port.modify(register, PIN_INTERRUPT, state << 7 | PIN_WAKES)
        .await;
    unlock(port).await;
}

/// `gpio_pin_wakeup_disable`: no pin does.
pub async fn wake_by_no_pin(port: &Port) {
    for pin in 0..16 {
        let register = GPIO_PIN0 + 4 * pin;
        if port.load(register).await & PIN_WAKES != 0 {
            port.modify(register, PIN_INTERRUPT | PIN_WAKES, 0).await;
        }
    }
}

/// `ets_delay_us`: as many cycles as the ROM's idea of the clock makes of it.
pub async fn delay(port: &Port, microseconds: u32) {
    let mhz = port.load(layout::CPU_MHZ).await;
    port.pass(u64::from(microseconds) * u64::from(mhz)).await;
}

/// `software_reset`: asks, and waits for it to happen.
pub async fn software_reset(port: &Port) -> Exit {
    port.modify(RTC_CTRL, 0, 1 << 31).await;
    port.spin().await
}

/// `gpio_output_set`.
pub async fn set_gpio(port: &Port, set: u32, clear: u32, enable: u32, disable: u32) {
    port.store(GPIO_OUT_SET, set).await;
    port.store(GPIO_OUT_CLEAR, clear).await;
    port.store(GPIO_ENABLE_SET, enable).await;
    port.store(GPIO_ENABLE_CLEAR, disable).await;
}

/// `gpio_input_get`.
pub async fn gpio(port: &Port) -> u32 {
    port.load(GPIO_IN).await
}

/// `ets_set_idle_cb`.
pub async fn set_idle_callback(port: &Port, function: u32, argument: u32) {
    port.store(IDLE_CALLBACK, function).await;
    port.store(IDLE_ARGUMENT, argument).await;
}

/// `ets_task`: registers the task of a priority.
pub async fn register_task(port: &Port, function: u32, priority: u32, queue: u32, length: u32) {
    let task = task(priority);
    port.store(task, function).await;
    port.store(task.wrapping_add(4), queue).await;
    port.store(task.wrapping_add(8), length & 0xFF).await;
    let mask = 1u32.wrapping_shl(priority.wrapping_sub(1));
    port.store(task.wrapping_add(12), mask).await;
}

/// Where the task of a priority is kept: they count from 1.
fn task(priority: u32) -> u32 {
    TASKS.wrapping_add(16u32.wrapping_mul(priority.wrapping_sub(1)))
}

/// `ets_post`: 0, or 1 when the queue is full. Unlocks the interrupts, locked before or not.
pub async fn post(port: &Port, priority: u32, signal: u32, parameter: u32) -> u32 {
    lock(port).await;
    let task = task(priority);
    let queue = task.wrapping_add(8);
    let [length, put, get, count] = port.load(queue).await.to_le_bytes();
    let full = count >= length;
    if !full {
        let events = port.load(task.wrapping_add(4)).await;
        let event = events.wrapping_add(8 * u32::from(put));
        port.store(event, signal).await;
        port.store(event.wrapping_add(4), parameter).await;
        let (put, count) = (after(put, length), count.wrapping_add(1));
        port.store(queue, u32::from_le_bytes([length, put, get, count]))
            .await;
        if count == 1 {
            let mask = port.load(task.wrapping_add(12)).await;
            port.modify(READY_MASK, 0, mask).await;
        }
    }
    unlock(port).await;
    full.into()
}

/// The place after `place` in a queue.
fn after(place: u8, length: u8) -> u8 {
    match place.wrapping_add(1) {
        next if next == length => 0,
        next => next,
    }
}

/// `ets_run`: the highest ready task, or idle until an interrupt posts something.
pub async fn run_tasks(port: &Port) -> Exit {
    port.store_byte(CURRENT_PRIORITY, 0).await;
    loop {
        lock(port).await;
        let ready = port.load(READY_MASK).await;
        if ready == 0 {
            let callback = port.load(IDLE_CALLBACK).await;
            if callback != 0 {
                let argument = port.load(IDLE_ARGUMENT).await;
                port.call(callback, &[argument, 0]).await;
            }
            port.wait_for_interrupt().await;
            continue;
        }
        let priority = 32 - ready.leading_zeros();
        let task = task(priority);
        let [length, put, get, count] = port.load(task + 8).await.to_le_bytes();
        let event = port.load(task + 4).await.wrapping_add(8 * u32::from(get));
        let (get, count) = (after(get, length), count.wrapping_sub(1));
        port.store(task + 8, u32::from_le_bytes([length, put, get, count]))
            .await;
        if count == 0 {
            let mask = port.load(task + 12).await;
            port.modify(READY_MASK, mask, 0).await;
        }
        port.store_byte(CURRENT_PRIORITY, priority as u8).await;
        unlock(port).await;
        let function = port.load(task).await;
        port.call(function, &[event, 0]).await;
        port.store_byte(CURRENT_PRIORITY, 0).await;
    }
}
