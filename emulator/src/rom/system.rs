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

const IDLE_CALLBACK: u32 = 0x3FFF_DAB0;
const IDLE_ARGUMENT: u32 = 0x3FFF_DAB4;
const READY_MASK: u32 = 0x3FFF_DAB8;
/// Tasks, 16 bytes per priority: function, queue, length/put/get/count, mask.
const TASKS: u32 = 0x3FFF_DAC0;
const PRIORITY_COUNT: u32 = 32;

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

/// `ets_isr_attach`.
pub async fn attach_interrupt(port: &Port, number: u32, function: u32, argument: u32) {
    let entry = layout::interrupt_entry(number);
    port.store(entry, function).await;
    port.store(entry + 4, argument).await;
}

/// `ets_isr_mask` and `ets_isr_unmask`.
pub async fn mask_interrupts(port: &Port, clear: u32, set: u32) {
    let mask = port.load(layout::INTERRUPT_MASK).await & !clear | set;
    port.store(layout::INTERRUPT_MASK, mask).await;
    let priority = port.load(layout::PRIORITY_MASK).await;
    port.set_special(Special::Intenable, mask & priority).await;
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
    let task = TASKS + 16 * (priority & (PRIORITY_COUNT - 1));
    port.store(task, function).await;
    port.store(task + 4, queue).await;
    port.store(task + 8, length & 0xFF).await;
    port.store(task + 12, 1 << (priority & (PRIORITY_COUNT - 1)))
        .await;
}

/// `ets_post`: 0, or 1 when the queue is full.
pub async fn post(port: &Port, priority: u32, signal: u32, parameter: u32) -> u32 {
    let saved = port.special(Special::Ps).await;
    port.set_special(Special::Ps, saved | 3).await;
    let task = TASKS + 16 * (priority & (PRIORITY_COUNT - 1));
    let [length, put, get, count] = port.load(task + 8).await.to_le_bytes();
    let full = count >= length;
    if !full {
        let event = port.load(task + 4).await.wrapping_add(8 * u32::from(put));
        port.store(event, signal).await;
        port.store(event.wrapping_add(4), parameter).await;
        let put = (put + 1) % length;
        port.store(task + 8, u32::from_le_bytes([length, put, get, count + 1]))
            .await;
        let mask = port.load(task + 12).await;
        port.modify(READY_MASK, 0, mask).await;
    }
    port.set_special(Special::Ps, saved).await;
    full.into()
}

/// `ets_run`: the highest ready task, or idle until an interrupt posts something.
pub async fn run_tasks(port: &Port) -> Exit {
    loop {
        lock(port).await;
        let ready = port.load(READY_MASK).await;
        if ready == 0 {
            let callback = port.load(IDLE_CALLBACK).await;
            if callback != 0 {
                let argument = port.load(IDLE_ARGUMENT).await;
                port.call(callback, [argument, 0]).await;
            }
            port.wait_for_interrupt().await;
            continue;
        }
        let priority = 31 - ready.leading_zeros();
        let task = TASKS + 16 * priority;
        let [length, put, get, count] = port.load(task + 8).await.to_le_bytes();
        let event = port.load(task + 4).await.wrapping_add(8 * u32::from(get));
        let count = count.saturating_sub(1);
        let get = (get.wrapping_add(1)) % length.max(1);
        port.store(task + 8, u32::from_le_bytes([length, put, get, count]))
            .await;
        if count == 0 {
            port.modify(READY_MASK, 1 << priority, 0).await;
        }
        unlock(port).await;
        let function = port.load(task).await;
        port.call(function, [event, 0]).await;
    }
}
