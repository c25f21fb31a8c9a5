//! `/status.json`: docs/update-protocol.md has its fields.

use core::fmt::{self, Write};

use super::Snapshot;
use crate::http::Json;
use crate::identity::{Identity, TRUSTED_KEY, VERSION};
use crate::network::ADDRESS;
use crate::update::history::Object;
use crate::update::History;

/// Writes it: without the token, since every page may read this.
pub fn write(snapshot: &Snapshot, history: &History, out: &mut dyn Write) -> fmt::Result {
    let Snapshot {
        identity,
        ssid,
        phase,
        last,
        ..
    } = snapshot;
    let Identity {
        build,
        release,
        slot,
        map,
        chip_len,
    } = identity;
    let offset = map.slot(*slot).start.get();
    write!(
        out,
        "{{\"version\":\"{VERSION}\",\"boot\":\"{:08x}\",\"build\":{build},\"slot\":\"{}\",",
        snapshot.boot,
        slot.name()
    )?;
    write!(
        out,
        "\"offset\":{offset},\"map\":\"{}\",\"chip\":{chip_len},",
        map.name()
    )?;
    write!(
        out,
        "\"release\":{release},\"key\":\"{}\",\"development\":{},",
        TRUSTED_KEY.id(),
        TRUSTED_KEY.is_development()
    )?;
    write!(
        out,
        "\"ssid\":\"{}\",\"address\":\"{ADDRESS}\",\"stations\":{},",
        Json(ssid),
        snapshot.stations
    )?;
    write!(
        out,
        "\"uptime\":{},\"free\":{},\"recovery\":{},\"attempt\":{},",
        snapshot.uptime, snapshot.free, snapshot.is_recovery, snapshot.attempt
    )?;
    write!(
        out,
        "\"state\":\"{}\",\"written\":{},",
        phase.word(),
        snapshot.written
    )?;
    write!(
        out,
        "\"total\":{},\"last\":\"{}\",",
        snapshot.total,
        last.word()
    )?;
    write!(
        out,
        "\"cause\":\"{}\",\"reset\":\"{}\",\"history\":[",
        Json(last),
        snapshot.reset
    )?;
    for (index, event) in history.until(snapshot.moment).enumerate() {
        if index > 0 {
            out.write_str(",")?;
        }
        write!(out, "{}", Object(event))?;
    }
    out.write_str("]}\n")
}
