//! How a ROM routine reaches the chip: a coroutine's mailbox.
//!
//! Routines are `async` functions. Whatever they want from the chip they ask for
//! through a [`Port`]; the executor in `rom/mod.rs` does it, charges the cycles,
//! and may let interrupts and devices run before it answers. So a routine reads
//! like the C it stands for, and still blocks the way the mask ROM does.

use crate::bus::Width;
use crate::cpu::special::Special;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::{Arc, Mutex, PoisonError};

/// Something a routine asks of the chip.
#[derive(Debug)]
pub(super) enum Request {
    /// A load.
    Load(u32, Width),
    /// A store of the value's low bits.
    Store(u32, Width, u32),
    /// Lets cycles pass.
    Pass(u64),
    /// Does nothing until a device has something to say.
    Wait,
    /// Opens the interrupts and waits for one, with nothing in between: WAITI 0.
    WaitForInterrupt,
    /// Reads an address register.
    Register(u8),
    /// Writes an address register.
    SetRegister(u8, u32),
    /// Reads a special register.
    Special(Special),
    /// Writes a special register.
    SetSpecial(Special, u32),
    /// Calls guest code; answers with its a2.
    Call(Call),
    /// Says something in the journal, once per text.
    Report(String),
}

/// A call from a ROM routine into the guest.
#[derive(Debug)]
pub(super) struct Call {
    /// Where.
    pub function: u32,
    /// a2 and on, six at most.
    pub arguments: Vec<u32>,
    /// What a0 holds, if it is known what silicon puts there.
    pub return_address: Option<u32>,
    /// Stack pointer for the callee, if not the routine's own.
    pub stack: Option<u32>,
}

#[derive(Debug, Default)]
struct Mailbox {
    request: Option<Request>,
    reply: Option<u32>,
}

/// A routine's end of the mailbox.
#[derive(Clone, Debug, Default)]
pub(super) struct Port(Arc<Mutex<Mailbox>>);

impl Port {
    fn with<R>(&self, act: impl FnOnce(&mut Mailbox) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The executor's side: what the routine asked for.
    pub fn take_request(&self) -> Option<Request> {
        self.with(|mailbox| mailbox.request.take())
    }

    /// The executor's side: the answer.
    pub fn answer(&self, reply: u32) {
        self.with(|mailbox| mailbox.reply = Some(reply));
    }

    fn ask(&self, request: Request) -> Ask<'_> {
        Ask {
            port: self,
            request: Some(request),
        }
    }

    pub async fn load(&self, address: u32) -> u32 {
        self.ask(Request::Load(address, Width::Word)).await
    }

    pub async fn store(&self, address: u32, value: u32) {
        self.ask(Request::Store(address, Width::Word, value)).await;
    }

    pub async fn load_byte(&self, address: u32) -> u8 {
        self.ask(Request::Load(address, Width::Byte)).await as u8
    }

    pub async fn store_byte(&self, address: u32, value: u8) {
        self.ask(Request::Store(address, Width::Byte, value.into()))
            .await;
    }

    /// Sets and clears bits of a word.
    pub async fn modify(&self, address: u32, clear: u32, set: u32) {
        let word = self.load(address).await;
        self.store(address, word & !clear | set).await;
    }

    pub async fn pass(&self, cycles: u64) {
        self.ask(Request::Pass(cycles)).await;
    }

    pub async fn register(&self, number: u8) -> u32 {
        self.ask(Request::Register(number)).await
    }

    pub async fn set_register(&self, number: u8, value: u32) {
        self.ask(Request::SetRegister(number, value)).await;
    }

    pub async fn special(&self, register: Special) -> u32 {
        self.ask(Request::Special(register)).await
    }

    pub async fn set_special(&self, register: Special, value: u32) {
        self.ask(Request::SetSpecial(register, value)).await;
    }

    pub async fn call(&self, function: u32, arguments: &[u32]) -> u32 {
        self.ask(Request::Call(Call {
            function,
            arguments: arguments.to_vec(),
            return_address: None,
            stack: None,
        }))
        .await
    }

    pub async fn call_with(&self, call: Call) -> u32 {
        self.ask(Request::Call(call)).await
    }

    pub async fn report(&self, text: String) {
        self.ask(Request::Report(text)).await;
    }

    /// Waits for a device or an interrupt.
    pub async fn wait(&self) {
        self.ask(Request::Wait).await;
    }

    /// Opens the interrupts and waits for one. Whoever looks for work with interrupts locked
    /// and then waits like this misses none.
    pub async fn wait_for_interrupt(&self) {
        self.ask(Request::WaitForInterrupt).await;
    }

    /// The endless loop the ROM ends in when there is nothing left to do.
    pub async fn spin(&self) -> ! {
        loop {
            self.wait().await;
        }
    }
}

/// One request on its way: posts it when first polled, ends with the answer.
struct Ask<'a> {
    port: &'a Port,
    request: Option<Request>,
}

impl Future for Ask<'_> {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        let request = self.request.take();
        self.port.with(|mailbox| match request {
            Some(request) => {
                mailbox.request = Some(request);
                mailbox.reply = None;
                Poll::Pending
            }
            None => mailbox.reply.take().map_or(Poll::Pending, Poll::Ready),
        })
    }
}
