//! Which routine is at which address.
//!
//! Hardware facts 4.1. `name.rs` knows what those are called that are not here.

use super::port::Port;
use super::{
    boot, digest, dma, exception, flash, layout, memory, number, phy, print, receiver, system,
    uart, Arguments, Exit, Routine,
};
use crate::cpu::special::Special;
use core::future::Future;
use core::ops::{Add, Div, Mul, Sub};

/// Boxes a routine whose a2 is all it answers.
fn answer<F: Future<Output = u32> + Send + 'static>(work: F) -> Routine {
    Box::pin(async move { Exit::Return(work.await) })
}

/// Boxes a routine that answers nothing: a2 holds whatever; 0 here.
fn act<F: Future<Output = ()> + Send + 'static>(work: F) -> Routine {
    Box::pin(async move {
        work.await;
        Exit::Return(0)
    })
}

/// Boxes a routine whose answer is 0: it worked.
fn done<F: Future<Output = ()> + Send + 'static>(work: F) -> Routine {
    act(work)
}

/// `lldesc_build_chain`, whose last arguments are on the stack.
async fn chain(port: Port, arguments: Arguments) -> Exit {
    let [descriptors, _, buffers, buffers_len, buffer_len, full] = arguments.registers;
    let head = port.load(arguments.stack).await;
    let tail = port.load(arguments.stack.wrapping_add(4)).await;
    let chain = dma::Chain {
        descriptors,
        buffers,
        buffers_len,
        buffer_len,
        full: full != 0,
        head,
        tail,
    };
    dma::build(&port, &chain).await;
    Exit::Return(0)
}

/// Boxes a number computed without touching the chip.
fn value(result: u32) -> Routine {
    Box::pin(core::future::ready(Exit::Return(result)))
}

fn wide(result: u64) -> Routine {
    Box::pin(core::future::ready(Exit::ReturnWide(result)))
}

/// The routine at `entry`, ready to run; `None` when it is not modelled.
#[rustfmt::skip] // a table reads by its columns
pub fn begin(entry: u32, port: Port, arguments: Arguments) -> Option<Routine> {
    let [a, b, c, d, e, f] = arguments.registers;
    let (x, y) = (arguments.wide(0), arguments.wide(2));
    Some(match entry {
        // Vectors and their handlers.
        0x4000_0010 => Box::pin(exception::kernel_or_double(port, "debug")),
        0x4000_0020 => Box::pin(exception::nmi(port)),
        0x4000_0030 => Box::pin(exception::kernel_or_double(port, "kernel")),
        0x4000_0050 => Box::pin(exception::user_vector(port)),
        0x4000_0070 => Box::pin(exception::kernel_or_double(port, "double")),
        0x4000_0080 => Box::pin(boot::reset(port)),
        0x4000_10A8 => Box::pin(boot::boot_flash(port)),
        layout::handler::LEVEL1 => Box::pin(exception::level1(port)),
        layout::handler::LOAD_STORE | layout::handler::C_WRAPPER => Box::pin(exception::call_c_handler(port)),
        layout::handler::UNHANDLED_EXCEPTION => Box::pin(exception::unhandled_exception(port)),
        layout::handler::UNHANDLED_INTERRUPT | layout::handler::NONE => Box::pin(exception::ignore(port)),
        layout::handler::FATAL | layout::handler::UNALIGNED => Box::pin(exception::fatal(port, b)),

        // System.
        0x4000_0454 => answer(async move { layout::set_exception_handler(&port, a, b).await }),
        0x4000_0DC0 => act(async move { system::set_idle_callback(&port, a, b).await }),
        0x4000_0DD0 => act(async move { system::register_task(&port, a, b, c, d).await }),
        0x4000_0E04 => Box::pin(async move { system::run_tasks(&port).await }),
        0x4000_0E24 => answer(async move { system::post(&port, a, b, c).await }),
        0x4000_0F74 => act(async move { system::lock(&port).await }),
        0x4000_0F80 => act(async move { system::unlock(&port).await }),
        0x4000_0F88 | 0x4000_BD28 => answer(async move { system::attach_interrupt(&port, a, b, c).await }),
        0x4000_BD70 => answer(async move { system::attach_interrupt(&port, a, b, a).await }),
        0x4000_0F98 | 0x4000_BDA4 => answer(async move { system::mask_interrupts(&port, a, 0).await }),
        0x4000_0FA8 | 0x4000_BD84 => answer(async move { system::mask_interrupts(&port, 0, a).await }),
        0x4000_0FBC => act(async move { port.store(layout::USER_START, a).await }),
        0x4000_25E0 => answer(async move { boot::reset_reason(&port).await }),
        0x4000_264C => Box::pin(async move { system::software_reset(&port).await }),
        0x4000_2ECC => act(async move { system::delay(&port, a).await }),
        0x4000_2F04 => act(async move { port.store(layout::CPU_MHZ, a).await }),
        0x4000_2F0C => answer(async move { port.load(layout::CPU_MHZ).await }),
        0x4000_4CD0 => act(async move { system::set_gpio(&port, a, b, c, d).await }),
        0x4000_4CF0 => answer(async move { system::gpio(&port).await }),
        0x4000_4E90 => act(async move { system::wake_by_pin(&port, a, b).await }),
        0x4000_4ED4 => act(async move { system::wake_by_no_pin(&port).await }),
        0x4000_DD38 => answer(async move { port.special(Special::Ccount).await }),
        0x4000_DD40 => act(async move { if a == 0 { port.set_special(Special::Ccompare0, b).await } }),
        0x4000_DD4C => answer(async move { if a == 0 { port.special(Special::Ccompare0).await } else { 0 } }),
        0x4000_DD58 => answer(async move { port.special(Special::Interrupt).await }),
        0x4000_DD60 => act(async move { port.set_special(Special::Intclear, a).await }),

        // DMA descriptors.
        0x4000_4F40 => Box::pin(chain(port, arguments)),
        0x4000_5050 => answer(async move { dma::nth(&port, a, b).await }),
        0x4000_507C => act(async move { dma::set_owner(&port, a, b, c).await }),

        // Console.
        0x4000_1DA0 => act(async move { print::write_char(&port, a as u8).await }),
        0x4000_1F00 => Box::pin(print::vprintf(port, arguments)),
        print::UART_SINK => act(async move { print::put_on_uart(&port, a as u8).await }),
        0x4000_242C => act(async move { port.store(layout::PUTC1, a).await }),
        0x4000_2438 => act(async move { port.store(layout::PUTC1, print::UART_SINK).await }),
        0x4000_248C => act(async move { port.store(layout::PUTC2, a).await }),
        0x4000_383C => act(async move { uart::attach(&port).await }),
        0x4000_3A14 => act(async move { uart::initialise(&port, a).await }),
        0x4000_24CC => Box::pin(print::printf(port, arguments)),
        0x4000_38A4 => act(async move { uart::select(&port, a).await }),
        0x4000_39D8 => act(async move { print::div_modify(&port, a, b).await }),
        0x4000_3B30 => answer(async move { print::tx_one_char(&port, a as u8).await; 0 }),
        receiver::HANDLER => act(async move { receiver::interrupt(&port).await }),
        0x4000_3B8C => answer(async move { print::rx_one_char(&port, a).await }),

        // Flash.
        0x4000_3F58 => act(async move { flash::select_function(&port).await }),
        0x4000_43C8 => answer(async move { let status = flash::read_status(&port).await; port.store(b, status).await; 0 }),
        0x4000_4400 => done(async move { flash::write_status(&port, b).await }),
        0x4000_443C => done(async move { flash::write_enable(&port).await }),
        0x4000_448C => done(async move { flash::wait_idle(&port).await }),
        0x4000_44C0 => done(async move { flash::enable_quad(&port).await }),
        0x4000_4508 => done(async move { flash::disable_quad(&port).await }),
        0x4000_4644 => act(async move { flash::attach(&port).await }),
        0x4000_4678 => act(async move { flash::cache_enable(&port, a, b, c).await }),
        0x4000_47F0 => act(async move { flash::cache_disable(&port).await }),
        0x4000_4878 => done(async move { flash::protect(&port, 0).await }),
        0x4000_48A8 => done(async move { flash::protect(&port, 0x1C).await }),
        0x4000_48EC => done(async move { flash::configure_read_mode(&port, a).await }),
        0x4000_4984 => answer(async move { flash::erase_chip(&port).await }),
        0x4000_49B4 => answer(async move { flash::erase(&port, flash::CMD_BLOCK_ERASE, a).await }),
        0x4000_4A00 => answer(async move { flash::erase(&port, flash::CMD_SECTOR_ERASE, a).await }),
        0x4000_4A4C => answer(async move { flash::write(&port, a, b, c).await }),
        0x4000_4B1C => answer(async move { flash::read(&port, a, b, c).await }),
        0x4000_4B44 => answer(async move { flash::erase_area(&port, a, b).await }),
        0x4000_4C2C => done(async move { flash::configure_chip(&port, [a, b, c, d, e, f]).await }),
        // The same, named by no linker script, with the chip's description as first argument.
        0x4000_4080 => answer(async move { flash::erase_all(&port).await }),
        0x4000_40C0 => answer(async move { flash::erase_at(&port, flash::CMD_SECTOR_ERASE, b).await }),
        0x4000_4120 => answer(async move { flash::erase_at(&port, flash::CMD_BLOCK_ERASE, b).await }),
        0x4000_4174 => answer(async move { flash::program_page(&port, b, c, d).await }),
        0x4000_42AC => answer(async move { flash::read(&port, b, c, d).await }),

        // Memory and strings.
        0x4000_18A4 | 0x4000_E190 => answer(async move { memory::fill(&port, a, b as u8, c).await; a }),
        0x4000_18B4 | 0x4000_DF48 => answer(async move { memory::copy(&port, a, b, c).await; a }),
        0x4000_18C4 | 0x4000_E04C => answer(async move { memory::move_bytes(&port, a, b, c).await; a }),
        0x4000_18D4 | 0x4000_DEA8 => answer(async move { memory::compare(&port, a, b, c).await }),
        0x4000_2A88 | 0x4000_BEC8 => answer(async move { memory::copy_string(&port, a, b, None).await }),
        0x4000_2A98 | 0x4000_C0A0 => answer(async move { memory::copy_string(&port, a, b, Some(c)).await }),
        0x4000_2AA8 | 0x4000_BDC8 => answer(async move { memory::compare_strings(&port, a, b, None).await }),
        0x4000_2AB8 | 0x4000_BFA8 => answer(async move { memory::compare_strings(&port, a, b, Some(c)).await }),
        0x4000_2AC8 | 0x4000_BF4C => answer(async move { memory::length(&port, a).await }),
        0x4000_2AD8 | 0x4000_E1E0 => answer(async move { memory::find_string(&port, a, b).await }),
        0x4000_2AE8 | 0x4000_DE84 => act(async move { memory::fill(&port, a, 0, b).await }),

        // Digests.
        0x4000_9818 => act(async move { digest::init(&port, a).await }),
        0x4000_9834 => act(async move { digest::update(&port, a, b, c).await }),
        0x4000_9900 => act(async move { digest::finish(&port, a, b).await }),

        // Numbers.
        0x4000_31B4 => value(a.wrapping_add(b).wrapping_sub(1) & b.wrapping_neg()),
        0x4000_31C0 => value(a.wrapping_add(b).wrapping_sub(1).checked_div(b).unwrap_or(0)),
        0x4000_05F0 => act(async move { number::seed_random(&port, a).await }),
        0x4000_0600 => answer(async move { number::random(&port).await }),
        0x4000_0650 => wide(x.wrapping_mul(y)),
        0x4000_CE60 => wide(number::divide_wide(x, y)),
        0x4000_D310 => wide(x.checked_div(y).unwrap_or(0)),
        0x4000_D770 => wide(x.checked_rem(y).unwrap_or(0)),
        0x4000_DC88 => value(number::divide(a, b)),
        0x4000_E21C => value(a.checked_div(b).unwrap_or(0)),
        0x4000_E268 => value(a.checked_rem(b).unwrap_or(0)),
        0x4000_C180 => value(number::single(a, b, f32::add)),
        0x4000_C268 => value(number::single(a, b, f32::sub)),
        0x4000_C3DC => value(number::single(a, b, f32::mul)),
        0x4000_C4C4 => value(number::to_unsigned(f32::from_bits(a).into())),
        0x4000_C538 => wide(number::double(x, y, f64::add)),
        0x4000_C688 => wide(number::double(x, y, f64::sub)),
        0x4000_C8F0 => wide(number::double(x, y, f64::mul)),
        0x4000_CB94 => wide(number::double(x, y, f64::div)),
        0x4000_CCB8 => value(f64::from_bits(x) as i32 as u32),
        0x4000_CD00 => value(number::to_unsigned(f64::from_bits(x))),
        0x4000_CDFC => wide(f64::from(f32::from_bits(a)).to_bits()),
        0x4000_DCF0 => wide(u64::from(a) * u64::from(b)),
        0x4000_CD5C => value((f64::from_bits(x) as f32).to_bits()),
        0x4000_E2A4 => value((a as f32).to_bits()),
        0x4000_E2AC => value((a as i32 as f32).to_bits()),
        0x4000_E2E8 => wide(f64::from(a).to_bits()),
        0x4000_E2F0 => wide(f64::from(a as i32).to_bits()),
        _ => return phy::begin(entry, port, arguments),
    })
}
