//! The LX106 core: registers, decoding, execution, exceptions, interrupts.
