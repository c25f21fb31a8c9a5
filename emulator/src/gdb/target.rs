//! Registers, memory and the ways to go on.

use super::arch::{General, Lx106};
use super::register::{general, LEN};
use crate::board::debug::Register;
use crate::board::Machine;
use core::convert::Infallible;
use gdbstub::common::Signal;
use gdbstub::target::ext::base::single_register_access::{
    SingleRegisterAccess, SingleRegisterAccessOps,
};
use gdbstub::target::ext::base::singlethread::{
    SingleThreadBase, SingleThreadRangeStepping, SingleThreadRangeSteppingOps, SingleThreadResume,
    SingleThreadResumeOps, SingleThreadSingleStep, SingleThreadSingleStepOps,
};
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::breakpoints::BreakpointsOps;
use gdbstub::target::ext::monitor_cmd::MonitorCmdOps;
use gdbstub::target::{Target, TargetError, TargetResult};

/// errno of an address where there is nothing.
const EFAULT: u8 = 14;

impl Target for Machine {
    type Arch = Lx106;
    type Error = Infallible;

    fn base_ops(&mut self) -> BaseOps<'_, Lx106, Infallible> {
        BaseOps::SingleThread(self)
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }

    fn support_monitor_cmd(&mut self) -> Option<MonitorCmdOps<'_, Self>> {
        Some(self)
    }
}

impl SingleThreadBase for Machine {
    fn read_registers(&mut self, registers: &mut General) -> TargetResult<(), Self> {
        for (value, register) in registers.0.iter_mut().zip(general()) {
            *value = self.register(register);
        }
        Ok(())
    }

    fn write_registers(&mut self, registers: &General) -> TargetResult<(), Self> {
        for (value, register) in registers.0.iter().zip(general()) {
            self.set_register(register, *value);
        }
        Ok(())
    }

    fn support_single_register_access(&mut self) -> Option<SingleRegisterAccessOps<'_, (), Self>> {
        Some(self)
    }

    fn read_addrs(&mut self, address: u32, bytes: &mut [u8]) -> TargetResult<usize, Self> {
        match self.read_memory(address, bytes) {
            0 if !bytes.is_empty() => Err(TargetError::Errno(EFAULT)),
            count => Ok(count),
        }
    }

    fn write_addrs(&mut self, address: u32, bytes: &[u8]) -> TargetResult<(), Self> {
        match self.write_memory(address, bytes) {
            true => Ok(()),
            false => Err(TargetError::Errno(EFAULT)),
        }
    }

    fn support_resume(&mut self) -> Option<SingleThreadResumeOps<'_, Self>> {
        Some(self)
    }
}

impl SingleRegisterAccess<()> for Machine {
    fn read_register(
        &mut self,
        (): (),
        register: Register,
        bytes: &mut [u8],
    ) -> TargetResult<usize, Self> {
        let value = self.register(register).to_le_bytes();
        let bytes = bytes.get_mut(..LEN).ok_or(TargetError::NonFatal)?;
        bytes.copy_from_slice(&value);
        Ok(LEN)
    }

    fn write_register(
        &mut self,
        (): (),
        register: Register,
        bytes: &[u8],
    ) -> TargetResult<(), Self> {
        let bytes = bytes.try_into().map_err(|_| TargetError::NonFatal)?;
        self.set_register(register, u32::from_le_bytes(bytes));
        Ok(())
    }
}

// The core has no use for the signals a client may want to go on with.

impl SingleThreadResume for Machine {
    fn resume(&mut self, _: Option<Signal>) -> Result<(), Infallible> {
        Machine::resume(self);
        Ok(())
    }

    fn support_single_step(&mut self) -> Option<SingleThreadSingleStepOps<'_, Self>> {
        Some(self)
    }

    fn support_range_step(&mut self) -> Option<SingleThreadRangeSteppingOps<'_, Self>> {
        Some(self)
    }
}

impl SingleThreadSingleStep for Machine {
    fn step(&mut self, _: Option<Signal>) -> Result<(), Infallible> {
        Machine::step(self, 0..0);
        Ok(())
    }
}

impl SingleThreadRangeStepping for Machine {
    fn resume_range_step(&mut self, start: u32, end: u32) -> Result<(), Infallible> {
        Machine::step(self, start..end);
        Ok(())
    }
}
