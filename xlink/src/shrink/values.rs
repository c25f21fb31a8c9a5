//! What registers and places of the frame hold, and what need not be computed, loaded or saved again.
//!
//! LLVM keeps constants in the frame when it runs out of registers, and brings them back by loads; here they
//! are made where they are wanted, and the save dies ([`super::dead`]).

use std::collections::BTreeMap;

use super::code::{Code, Kind, Operand, Registers, MULTIPLY_WORDS, STACK};
use super::flow::{Flow, Line};
use super::{slots, Context};

/// What is known of a register or place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value<'a> {
    Number(i32),
    /// What a literal holds, a symbol's address.
    Address(&'a str),
    /// The stack pointer and a number.
    Stack(i32),
    /// Whatever the instruction of this line came to when it last ran.
    Of(usize),
}

/// What is known at a point of the function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State<'a> {
    registers: [Option<Value<'a>>; 16],
    places: BTreeMap<i32, Value<'a>>,
}

impl<'a> State<'a> {
    /// What is known where both may come from.
    fn meet(&mut self, other: &State<'a>) {
        for (mine, other) in self.registers.iter_mut().zip(&other.registers) {
            if mine != other {
                *mine = None;
            }
        }
        self.places
            .retain(|place, value| other.places.get(place) == Some(value));
    }

    fn forget(&mut self, value: Value) {
        for register in &mut self.registers {
            if *register == Some(value) {
                *register = None;
            }
        }
        self.places.retain(|_, held| *held != value);
    }

    fn forget_registers(&mut self, written: Registers) {
        for (number, register) in self.registers.iter_mut().enumerate() {
            if written & 1 << number != 0 {
                *register = None;
            }
        }
    }

    /// A register other than `not` that holds `value`.
    fn holder(&self, value: Value, not: u8) -> Option<u8> {
        (0..16).find(|&register| {
            register != not
                && register != STACK
                && self.registers[usize::from(register)] == Some(value)
        })
    }
}

/// A function as this pass sees it.
struct Pass<'c, 'a> {
    context: &'c Context<'a>,
    /// The place that a line accesses.
    places: BTreeMap<usize, i32>,
    /// Names of the function's literals, by what they hold.
    names: BTreeMap<Value<'a>, &'a str>,
}

/// Rewrites what can be had for less.
pub fn reuse<'a>(lines: &mut [Line<'a>], context: &Context<'a>) {
    let accesses = slots::places(lines).unwrap_or_default();
    let mut pass = Pass {
        context,
        places: accesses
            .iter()
            .map(|access| (access.line, access.offset))
            .collect(),
        names: BTreeMap::new(),
    };
    for line in lines.iter() {
        if let Some(code) = line.code().filter(|code| code.mnemonic == "l32r") {
            if let Some((name, value)) = code
                .name()
                .and_then(|name| context.literals.get_key_value(name))
            {
                pass.names.entry(literal_value(value)).or_insert(name);
            }
        }
    }
    let flow = Flow::of(lines, context);
    let mut entry: Vec<Option<State>> = vec![None; flow.blocks.len()];
    entry[0] = Some(State::default());
    let mut waiting = vec![0];
    while let Some(index) = waiting.pop() {
        let Some(mut state) = entry[index].clone() else {
            continue;
        };
        for line in flow.blocks[index].lines.clone() {
            if let Line::Code(code) = &lines[line] {
                pass.step(&mut state, line, code);
            }
        }
        for &next in &flow.blocks[index].next {
            let merged = match &entry[next] {
                Some(known) => {
                    let mut merged = known.clone();
                    merged.meet(&state);
                    merged
                }
                None => state.clone(),
            };
            if entry[next].as_ref() != Some(&merged) {
                entry[next] = Some(merged);
                waiting.push(next);
            }
        }
    }
    let live = flow.live_after(lines);
    for (index, block) in flow.blocks.iter().enumerate() {
        let Some(mut state) = entry[index].take() else {
            continue;
        };
        for line in block.lines.clone() {
            let Line::Code(code) = &lines[line] else {
                continue;
            };
            let short = pass.shorter(&state, line, code, live[line]);
            pass.step(&mut state, line, code);
            match short {
                Some(Edit::Gone) => lines[line] = Line::Other(""),
                Some(Edit::Code(short)) => lines[line] = Line::Code(short),
                None => {}
            }
        }
    }
}

enum Edit<'a> {
    Gone,
    Code(Code<'a>),
}

fn literal_value(value: &str) -> Value<'_> {
    match value.parse::<i64>() {
        Ok(number) => Value::Number(number as i32),
        Err(_) => Value::Address(value),
    }
}

impl<'a> Pass<'_, 'a> {
    /// What an instruction makes of `state`.
    fn step(&self, state: &mut State<'a>, line: usize, code: &Code<'a>) {
        let Some(effects) = code.effects() else {
            return;
        };
        let own = Value::Of(line);
        if let Some(place) = self.places.get(&line) {
            let register = code.register(0).map_or(0, usize::from);
            let source = match code.mnemonic {
                "s32i" => state.registers[register],
                _ => state.places.get(place).copied(),
            };
            let value = source.unwrap_or_else(|| {
                state.forget(own);
                own
            });
            state.places.insert(*place, value);
            state.registers[register] = Some(value);
            return;
        }
        if effects.writes == 0 {
            return;
        }
        if effects.kind == Kind::Call {
            state.forget_registers(effects.writes);
            return;
        }
        let Some(to) = code.register(0) else {
            return;
        };
        let value = self.value(state, code);
        if value.is_none() {
            state.forget(own);
        }
        let value = value.unwrap_or(own);
        if let Some(from) = code.copied() {
            state.registers[usize::from(from)] = Some(value);
        }
        state.registers[usize::from(to)] = Some(value);
        if to == STACK {
            state.registers[usize::from(STACK)] = None;
            state.places.clear();
            for register in &mut state.registers {
                if matches!(register, Some(Value::Stack(_))) {
                    *register = None;
                }
            }
        }
    }

    /// What an instruction comes to, if that is known.
    fn value(&self, state: &State<'a>, code: &Code<'a>) -> Option<Value<'a>> {
        let of = |index: usize| {
            let register = code.register(index)?;
            match register {
                STACK => Some(Value::Stack(0)),
                _ => state.registers[usize::from(register)],
            }
        };
        match code.mnemonic {
            "movi" => code.number(1).map(Value::Number),
            "l32r" => code
                .name()
                .and_then(|name| self.context.literals.get(name))
                .map(|value| literal_value(value)),
            "or" if code.copied().is_some() => of(1),
            "addi" | "addmi" => sum(of(1)?, Value::Number(code.number(2)?)),
            "add" => sum(of(1)?, of(2)?),
            _ => None,
        }
    }

    /// The same for less, given what is known before it and which registers are looked at after it.
    fn shorter(
        &self,
        state: &State<'a>,
        line: usize,
        code: &Code<'a>,
        live: Registers,
    ) -> Option<Edit<'a>> {
        use Operand::{Number, Register};
        let held = |index: usize| {
            code.register(index)
                .and_then(|register| state.registers[usize::from(register)])
        };
        let number = |index: usize| match held(index) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        };
        let place = self.places.get(&line);
        let value = match place {
            Some(_) if code.mnemonic == "s32i" => {
                let same = held(0).is_some() && state.places.get(place?).copied() == held(0);
                return same.then_some(Edit::Gone);
            }
            Some(place) => state.places.get(place).copied(),
            None => self.value(state, code),
        };
        if let Some((value, to)) = value.zip(code.register(0)).filter(|(_, to)| *to != STACK) {
            if state.registers[usize::from(to)] == Some(value) {
                return Some(Edit::Gone);
            }
            let made = match value {
                Value::Number(number) if (-2048..=2047).contains(&number) => {
                    Some(Code::new("movi", [Register(to), Number(number)]))
                }
                Value::Number(_) | Value::Address(_) => {
                    self.names.get(&value).map(|name| load(to, name))
                }
                Value::Stack(distance) if (-128..=127).contains(&distance) && place.is_some() => {
                    Some(Code::new(
                        "addi",
                        [Register(to), Register(STACK), Number(distance)],
                    ))
                }
                _ => None,
            };
            let made = match (made, state.holder(value, to)) {
                (Some(made), _) if made.len() == 2 => Some(made),
                (_, Some(holder)) => Some(Code::copy(to, holder)),
                (made, None) => made,
            };
            let is_better = |made: &Code| {
                made != code
                    && (place.is_some()
                        || made.len() < code.len()
                        || made.mnemonic == "movi" && made.len() == code.len())
            };
            return made.filter(is_better).map(Edit::Code);
        }
        let dies = |index: usize| {
            code.register(index)
                .is_some_and(|register| live & 1 << register == 0)
        };
        match code.mnemonic {
            "and" => {
                let (other, mask) = match (number(1), number(2)) {
                    (_, Some(mask)) => (1, mask),
                    (Some(mask), _) => (2, mask),
                    _ => return None,
                };
                let bits = (mask as u32).trailing_ones();
                let is_mask = (1..=16).contains(&bits) && mask as u32 == (1u32 << bits) - 1;
                is_mask.then(|| {
                    let operands = [
                        code.operands[0].clone(),
                        code.operands[other].clone(),
                        Number(0),
                        Number(bits as i32),
                    ];
                    Edit::Code(Code::new("extui", operands))
                })
            }
            "add" => {
                let (other, term, index) = match (number(1), number(2)) {
                    (_, Some(term)) => (1, term, 2),
                    (Some(term), _) => (2, term, 1),
                    _ => return None,
                };
                let made = Code::new(
                    "addi",
                    [
                        code.operands[0].clone(),
                        code.operands[other].clone(),
                        Number(term),
                    ],
                );
                let is_worth_it =
                    made.len() == 2 || dies(index) || code.operands[0] == code.operands[index];
                ((-128..=127).contains(&term) && is_worth_it).then_some(Edit::Code(made))
            }
            "sub" => {
                let term = number(2)?.checked_neg()?;
                let made = Code::new(
                    "addi",
                    [
                        code.operands[0].clone(),
                        code.operands[1].clone(),
                        Number(term),
                    ],
                );
                (-128..=127).contains(&term).then_some(Edit::Code(made))
            }
            // The product of two numbers whose upper words are zero.
            "call0" if code.name() == Some("__muldi3") => {
                let is_zero = |register: usize| state.registers[register] == Some(Value::Number(0));
                let operand = Operand::Name(MULTIPLY_WORDS.into());
                (is_zero(3) && is_zero(5)).then(|| Edit::Code(Code::new("call0", [operand])))
            }
            "beq" | "bne" | "blt" | "bge" | "bltu" | "bgeu" => {
                let is_equality = matches!(code.mnemonic, "beq" | "bne");
                let (other, constant) = match (number(0), number(1)) {
                    (_, Some(constant)) => (0, constant),
                    (Some(constant), _) if is_equality => (1, constant),
                    _ => return None,
                };
                let other = code.operands[other].clone();
                let label = code.operands[2].clone();
                let (mnemonic, with_zero) = with_constant(code.mnemonic, constant)?;
                let operands = match with_zero {
                    true => vec![other, label],
                    false => vec![other, Number(constant), label],
                };
                Some(Edit::Code(Code::new(mnemonic, operands)))
            }
            _ => None,
        }
    }
}

/// The branch that compares with a constant as `mnemonic` does with a register, if there is one, and whether it is
/// one for zero, which does not name it.
fn with_constant(mnemonic: &str, constant: i32) -> Option<(&'static str, bool)> {
    let (zero, other) = match mnemonic {
        "beq" => ("beqz", "beqi"),
        "bne" => ("bnez", "bnei"),
        "blt" => ("bltz", "blti"),
        "bge" => ("bgez", "bgei"),
        "bltu" | "bgeu" => {
            let with = if mnemonic == "bltu" { "bltui" } else { "bgeui" };
            return UNSIGNED.contains(&constant).then_some((with, false));
        }
        _ => return None,
    };
    match constant {
        0 => Some((zero, true)),
        _ => SIGNED.contains(&constant).then_some((other, false)),
    }
}

/// Constants of the branches that compare signed numbers, or for equality, with one.
const SIGNED: [i32; 16] = [-1, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128, 256];
/// Constants of those that compare unsigned numbers.
const UNSIGNED: [i32; 14] = [2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128, 256];

fn load<'a>(to: u8, literal: &'a str) -> Code<'a> {
    Code::new(
        "l32r",
        [Operand::Register(to), Operand::Name(literal.into())],
    )
}

fn sum<'a>(one: Value<'a>, other: Value<'a>) -> Option<Value<'a>> {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => Some(Value::Number(one.wrapping_add(other))),
        (Value::Stack(one), Value::Number(other)) | (Value::Number(one), Value::Stack(other)) => {
            Some(Value::Stack(one.wrapping_add(other)))
        }
        _ => None,
    }
}
