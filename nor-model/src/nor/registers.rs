//! The status registers on the bus: who may write them, and for how long it lasts.

use crate::command::opcode;
use crate::nor::suspend::Task;
use crate::nor::Nor;
use crate::status::Lock;
use crate::violation::Violation;

impl Nor {
    /// Status register 1: bit 0 busy, bit 1 write enabled, bits 7..2 protection.
    pub fn read_status_1(&mut self, now_ps: u64) -> u8 {
        let one = self.status_read(opcode::READ_STATUS_1, now_ps, |nor| {
            nor.status.read_one(nor.running.is_some())
        });
        one.unwrap_or(0xFF)
    }

    /// Status register 2: bit 1 quad enable, bit 6 complement protection, bit 7 suspended.
    pub fn read_status_2(&mut self, now_ps: u64) -> u8 {
        let two = self.status_read(opcode::READ_STATUS_2, now_ps, |nor| {
            nor.status.read_two(nor.suspended.is_some())
        });
        two.unwrap_or(0xFF)
    }

    /// Status register 3: drive strength.
    pub fn read_status_3(&mut self, now_ps: u64) -> u8 {
        self.status_read(opcode::READ_STATUS_3, now_ps, |nor| nor.status.three())
            .unwrap_or(0xFF)
    }

    /// Sets the write enable latch.
    pub fn write_enable(&mut self, now_ps: u64) {
        if self.is_ready_for(opcode::WRITE_ENABLE, now_ps) {
            self.status.write_enabled = true;
        }
    }

    /// Lets the next status write change the registers until power-off only, at once and
    /// without wear. The write enable latch stays as it is, and goes first when it is set.
    pub fn write_enable_volatile(&mut self, now_ps: u64) {
        if self.is_ready_for(opcode::WRITE_ENABLE_VOLATILE, now_ps) {
            self.status.volatile_enabled = true;
        }
    }

    /// Clears the write enable latch.
    pub fn write_disable(&mut self, now_ps: u64) {
        if self.is_ready_for(opcode::WRITE_DISABLE, now_ps) {
            self.status.write_enabled = false;
            self.status.volatile_enabled = false;
        }
    }

    /// Writes the status register named by `opcode`; 0x01 with two bytes writes 1 and 2.
    pub fn write_status(&mut self, opcode: u8, data: &[u8], now_ps: u64) {
        if !self.is_ready_for(opcode, now_ps) || self.is_suspended_against(opcode) {
            return;
        }
        let for_good = self.status.write_enabled;
        let volatile = std::mem::take(&mut self.status.volatile_enabled);
        if !for_good && !volatile {
            return self.note(Violation::NotWriteEnabled { opcode });
        }
        if self.status.lock() != Lock::Open {
            self.status.write_enabled = false;
            return self.note(Violation::StatusLocked { opcode });
        }
        let mut values = self.status.values;
        match (opcode, data) {
            (opcode::WRITE_STATUS_1, [one, two, ..]) => values = [*one, *two, values[2]],
            (opcode::WRITE_STATUS_1, [one]) => values[0] = *one,
            (opcode::WRITE_STATUS_2, [two, ..]) => values[1] = *two,
            (opcode::WRITE_STATUS_3, [three, ..]) => values[2] = *three,
            _ => {}
        }
        self.status.set(values, for_good);
        if for_good {
            let duration = self.chip.timing.status_write.at(self.pace);
            self.run(duration, now_ps, Task::Settling);
        }
    }

    fn status_read(&mut self, opcode: u8, now_ps: u64, pick: fn(&Nor) -> u8) -> Option<u8> {
        if !self.powered {
            return None;
        }
        self.settle(now_ps);
        if self.asleep {
            self.note(Violation::Asleep { opcode });
            return None;
        }
        Some(pick(self))
    }

    /// True when a command on four lines finds them connected: without the quad enable bit two
    /// of them are the write protect and hold pins.
    pub(super) fn has_lines_for(&mut self, opcode: u8) -> bool {
        let quad = matches!(
            opcode,
            opcode::QUAD_PAGE_PROGRAM | opcode::READ_QUAD_OUTPUT | opcode::READ_QUAD_IO
        );
        let connected = !quad || self.status.quad_enabled();
        if !connected {
            self.note(Violation::QuadDisabled { opcode });
        }
        connected
    }
}
