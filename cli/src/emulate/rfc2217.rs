//! RFC 2217, the server's side: a serial port with DTR and RTS over Telnet.
//!
//! Bytes in, bytes and line changes out. Speed and format of the line are whatever
//! the device uses: requests to change them are acknowledged and forgotten.

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SUBNEGOTIATION: u8 = 250;
const SUBNEGOTIATION_END: u8 = 240;

const BINARY: u8 = 0;
const SUPPRESS_GO_AHEAD: u8 = 3;
const COM_PORT: u8 = 44;
const OPTIONS: [u8; 3] = [BINARY, SUPPRESS_GO_AHEAD, COM_PORT];

const SET_BAUD_RATE: u8 = 1;
const SET_DATA_SIZE: u8 = 2;
const SET_PARITY: u8 = 3;
const SET_STOP_SIZE: u8 = 4;
const SET_CONTROL: u8 = 5;
const SET_LINE_STATE_MASK: u8 = 10;
const SET_MODEM_STATE_MASK: u8 = 11;
const PURGE_DATA: u8 = 12;
/// From a client's command to the server's answer.
const ANSWER: u8 = 100;

/// What a query is answered with: 115200 baud, 8 data bits, no parity, one stop bit.
const BAUD_RATE: u32 = 115_200;
const DATA_SIZE: u8 = 8;
const PARITY_NONE: u8 = 1;
const STOP_SIZE_ONE: u8 = 1;
/// SET_CONTROL values: queries, and what they are answered with.
const FLOW_QUERY: u8 = 0;
const FLOW_NONE: u8 = 1;
const BREAK_QUERY: u8 = 4;
const BREAK_OFF: u8 = 6;
const DTR_QUERY: u8 = 7;
const DTR_ON: u8 = 8;
const DTR_OFF: u8 = 9;
const RTS_QUERY: u8 = 10;
const RTS_ON: u8 = 11;
const RTS_OFF: u8 = 12;
const INBOUND_FLOW_QUERY: u8 = 13;
const INBOUND_FLOW_NONE: u8 = 14;

/// The longest subnegotiation anybody means is a few bytes; the rest is dropped.
const SUBNEGOTIATION_LIMIT: usize = 16;

/// What a client's byte amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A byte for the line.
    Data(u8),
    /// DTR or RTS was set or cleared.
    Lines,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Data,
    /// After IAC.
    Command,
    /// After WILL, WONT, DO or DONT.
    Option(u8),
    Subnegotiation,
    /// After IAC in a subnegotiation.
    SubnegotiationCommand,
}

/// One client's connection.
#[derive(Debug, Default)]
pub(super) struct Session {
    state: State,
    subnegotiation: Vec<u8>,
    /// Options in use, by index in [`OPTIONS`]: ours and the client's.
    ours: [bool; 3],
    theirs: [bool; 3],
    dtr: bool,
    rts: bool,
    replies: Vec<u8>,
}

impl Session {
    /// DTR and RTS; true is set, which is a low level on the wire.
    pub(super) fn lines(&self) -> (bool, bool) {
        (self.dtr, self.rts)
    }

    /// Takes what is to be sent to the client.
    pub(super) fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// The next byte from the client.
    pub(super) fn push(&mut self, byte: u8) -> Option<Event> {
        let (state, event) = match (self.state, byte) {
            (State::Data, IAC) => (State::Command, None),
            (State::Data, _) => (State::Data, Some(Event::Data(byte))),
            (State::Command, IAC) => (State::Data, Some(Event::Data(IAC))),
            (State::Command, WILL | WONT | DO | DONT) => (State::Option(byte), None),
            (State::Command, SUBNEGOTIATION) => {
                self.subnegotiation.clear();
                (State::Subnegotiation, None)
            }
            (State::Command, _) => (State::Data, None),
            (State::Option(verb), option) => {
                self.negotiate(verb, option);
                (State::Data, None)
            }
            (State::Subnegotiation, IAC) => (State::SubnegotiationCommand, None),
            (State::Subnegotiation, _) => {
                self.collect(byte);
                (State::Subnegotiation, None)
            }
            (State::SubnegotiationCommand, IAC) => {
                self.collect(IAC);
                (State::Subnegotiation, None)
            }
            (State::SubnegotiationCommand, SUBNEGOTIATION_END) => (State::Data, self.obey()),
            (State::SubnegotiationCommand, _) => (State::Data, None),
        };
        self.state = state;
        event
    }

    fn collect(&mut self, byte: u8) {
        if self.subnegotiation.len() < SUBNEGOTIATION_LIMIT {
            self.subnegotiation.push(byte);
        }
    }

    /// Agrees to the options of [`OPTIONS`], once each: answering an answer would never end.
    fn negotiate(&mut self, verb: u8, option: u8) {
        let index = OPTIONS.iter().position(|known| *known == option);
        let (used, yes, no) = match verb {
            WILL | WONT => (&mut self.theirs, DO, DONT),
            _ => (&mut self.ours, WILL, WONT),
        };
        let wanted = matches!(verb, WILL | DO);
        let answer = match index {
            Some(index) if used[index] == wanted => return,
            Some(index) => {
                used[index] = wanted;
                if wanted {
                    yes
                } else {
                    no
                }
            }
            None if wanted => no,
            None => return,
        };
        self.replies.extend([IAC, answer, option]);
    }

    /// Does what a complete subnegotiation asks for, and answers.
    fn obey(&mut self) -> Option<Event> {
        let request = std::mem::take(&mut self.subnegotiation);
        let [COM_PORT, command, value @ ..] = request.as_slice() else {
            return None;
        };
        let before = self.lines();
        let answer = match (*command, value) {
            (SET_BAUD_RATE, [0, 0, 0, 0]) => BAUD_RATE.to_be_bytes().to_vec(),
            (SET_DATA_SIZE, [0]) => vec![DATA_SIZE],
            (SET_PARITY, [0]) => vec![PARITY_NONE],
            (SET_STOP_SIZE, [0]) => vec![STOP_SIZE_ONE],
            (SET_CONTROL, [control]) => vec![self.control(*control)],
            (
                SET_BAUD_RATE | SET_DATA_SIZE | SET_PARITY | SET_STOP_SIZE | SET_LINE_STATE_MASK
                | SET_MODEM_STATE_MASK | PURGE_DATA,
                _,
            ) => value.to_vec(),
            _ => return None,
        };
        self.replies
            .extend([IAC, SUBNEGOTIATION, COM_PORT, command + ANSWER]);
        self.replies.extend(escape(&answer));
        self.replies.extend([IAC, SUBNEGOTIATION_END]);
        (self.lines() != before).then_some(Event::Lines)
    }

    fn control(&mut self, control: u8) -> u8 {
        match control {
            FLOW_QUERY => FLOW_NONE,
            BREAK_QUERY => BREAK_OFF,
            INBOUND_FLOW_QUERY => INBOUND_FLOW_NONE,
            DTR_QUERY if self.dtr => DTR_ON,
            DTR_QUERY => DTR_OFF,
            RTS_QUERY if self.rts => RTS_ON,
            RTS_QUERY => RTS_OFF,
            other => {
                match other {
                    DTR_ON | DTR_OFF => self.dtr = other == DTR_ON,
                    RTS_ON | RTS_OFF => self.rts = other == RTS_ON,
                    _ => {}
                }
                other
            }
        }
    }
}

/// Data as the protocol carries it.
pub(super) fn escape(bytes: &[u8]) -> Vec<u8> {
    let doubled = |byte: &u8| std::iter::repeat_n(*byte, if *byte == IAC { 2 } else { 1 });
    bytes.iter().flat_map(doubled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn feed(session: &mut Session, bytes: &[u8]) -> Vec<Event> {
        bytes
            .iter()
            .filter_map(|byte| session.push(*byte))
            .collect()
    }

    fn control(session: &mut Session, value: u8) -> (Vec<Event>, Vec<u8>) {
        let events = feed(session, &[IAC, 250, COM_PORT, 5, value, IAC, 240]);
        (events, session.take_replies())
    }

    #[test]
    fn data_passes_and_255_is_doubled_both_ways() {
        let mut session = Session::default();
        let events = feed(&mut session, &[1, IAC, IAC, 2]);
        assert_eq!(events, [1, IAC, 2].map(Event::Data));
        assert_eq!(escape(&[1, IAC, 2]), [1, IAC, IAC, 2]);
        assert_eq!(session.take_replies(), [0; 0]);
    }

    #[test]
    fn known_options_are_agreed_to_once_and_others_refused() {
        let mut session = Session::default();
        feed(&mut session, &[IAC, WILL, COM_PORT, IAC, DO, COM_PORT]);
        let agreed = [IAC, DO, COM_PORT, IAC, WILL, COM_PORT];
        assert_eq!(session.take_replies(), agreed);
        feed(&mut session, &[IAC, WILL, COM_PORT, IAC, WONT, 1]);
        assert_eq!(session.take_replies(), [0; 0]);
        feed(&mut session, &[IAC, DO, 1, IAC, DONT, COM_PORT]);
        assert_eq!(session.take_replies(), [IAC, WONT, 1, IAC, WONT, COM_PORT]);
    }

    #[test]
    fn dtr_and_rts_are_set_cleared_and_told() {
        let mut session = Session::default();
        let (events, replies) = control(&mut session, DTR_ON);
        assert_eq!(events, [Event::Lines]);
        assert_eq!(replies, [IAC, 250, COM_PORT, 105, DTR_ON, IAC, 240]);
        assert_eq!(session.lines(), (true, false));
        assert_eq!(control(&mut session, DTR_ON).0, [], "nothing changed");
        control(&mut session, RTS_ON);
        control(&mut session, DTR_OFF);
        assert_eq!(session.lines(), (false, true));
        assert_eq!(control(&mut session, RTS_QUERY).1[4], RTS_ON);
        assert_eq!(control(&mut session, DTR_QUERY).1[4], DTR_OFF);
    }

    #[test]
    fn speed_is_acknowledged_with_its_255s_doubled() {
        let mut session = Session::default();
        feed(
            &mut session,
            &[IAC, 250, COM_PORT, 1, 0, 0, IAC, IAC, 0, IAC, 240],
        );
        assert_eq!(
            session.take_replies(),
            [IAC, 250, COM_PORT, 101, 0, 0, IAC, IAC, 0, IAC, 240]
        );
        feed(&mut session, &[IAC, 250, COM_PORT, 1, 0, 0, 0, 0, IAC, 240]);
        assert_eq!(session.take_replies()[4..8], [0, 1, 0xC2, 0]);
    }

    #[test]
    fn endless_subnegotiation_is_not_kept() {
        let mut session = Session::default();
        feed(&mut session, &[IAC, 250, COM_PORT, 1]);
        feed(&mut session, &[7; 100_000]);
        assert!(session.subnegotiation.len() <= SUBNEGOTIATION_LIMIT);
    }

    proptest! {
        #[test]
        fn garbage_never_panics_nor_multiplies(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let mut session = Session::default();
            feed(&mut session, &bytes);
            prop_assert!(session.take_replies().len() <= 4 * bytes.len());
        }

        #[test]
        fn escaped_data_arrives(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let events = feed(&mut Session::default(), &escape(&bytes));
            prop_assert_eq!(events, bytes.into_iter().map(Event::Data).collect::<Vec<_>>());
        }
    }
}
