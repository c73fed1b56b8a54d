//! How each listening socket came up.

use crate::handle::check;
use crate::{Address, Backend, Protocol, Result, Status, Steering, text};
use std::ffi::c_char;
use std::fmt;
use zest_sys as sys;

/// How each listening socket came up: one row each, in the order of the listeners, then by index.
/// A snapshot of the setup. `Display` is a table for people, with a line on the system.
#[derive(Debug, Clone, Default)]
pub struct Report {
    rows: Vec<ReportRow>,
    table: String,
}

/// How one listening socket came up.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReportRow {
    /// `Ok`: it listens.
    pub status: Status,
    /// The errno, if it does not and a system call was why.
    pub os_errno: Option<i32>,
    /// The shard whose connections come from it.
    pub shard: u32,
    /// The listener's id.
    pub listener_id: u64,
    /// What it speaks; `None` for one that this crate does not know.
    pub protocol: Option<Protocol>,
    /// One of several sockets with `SO_REUSEPORT`; else the only one.
    pub reuseport: bool,
    /// The backend in use.
    pub backend: Backend,
    /// The steering in force.
    pub steering: Steering,
    /// The CPU it is pinned to.
    pub cpu: Option<u32>,
    /// The NUMA node whose memory is preferred.
    pub numa_node: Option<u32>,
    /// The backlog that was asked for.
    pub backlog_asked: u32,
    /// As the kernel says; `None` where it does not tell (UDP, Unix).
    pub backlog_effective: Option<u32>,
    /// With the real port.
    pub address: Address,
    /// `zest-acceptor-<ip>-<port>-<index>`; the kernel keeps the first 15.
    pub thread_name: String,
    /// Why it failed and the likely cure; or what was done differently from what was asked, and
    /// why; empty if nothing was.
    pub note: String,
}

impl Report {
    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[ReportRow] {
        &self.rows
    }

    /// The addresses with their real ports that this listener listens on, each once.
    #[must_use]
    pub fn addresses_of(&self, listener_id: u64) -> Vec<Address> {
        let mut addresses = Vec::new();
        for row in self.rows.iter().filter(|row| row.listener_id == listener_id && row.is_ok()) {
            if !addresses.contains(&row.address) {
                addresses.push(row.address.clone());
            }
        }
        addresses
    }

    /// Copy a C report and free it; `None` if it is null.
    ///
    /// # Safety
    ///
    /// `raw` is null, or a report that nobody else frees.
    pub(crate) unsafe fn take(mut raw: *mut sys::zest_report) -> Result<Option<Self>> {
        if raw.is_null() {
            return Ok(None);
        }
        // SAFETY: raw is a report, by the caller's promise and the line above.
        let copied = unsafe { Self::copy(raw) };
        // SAFETY: the same; it is not used after this.
        check("zest_report_free", unsafe { sys::zest_report_free(&raw mut raw) })?;
        copied.map(Some)
    }

    /// # Safety
    ///
    /// `raw` is a report that lives for the call.
    unsafe fn copy(raw: *const sys::zest_report) -> Result<Self> {
        let mut count = 0;
        // SAFETY: the caller's promise; count lives for the call.
        check("zest_report_count", unsafe { sys::zest_report_count(raw, &raw mut count) })?;
        let mut rows = Vec::with_capacity(count);
        for index in 0..count {
            let mut row = sys::ZEST_REPORT_ROW_INIT;
            // SAFETY: the caller's promise; row lives for the call.
            let status = unsafe { sys::zest_report_row_get(raw, index, &raw mut row) };
            check("zest_report_row_get", status)?;
            rows.push(ReportRow::from_raw(&row));
        }
        // SAFETY: the caller's promise.
        let table = unsafe { table_of(raw) }?;
        Ok(Self { rows, table })
    }
}

/// # Safety
///
/// `raw` is a report that lives for the call.
unsafe fn table_of(raw: *const sys::zest_report) -> Result<String> {
    let mut field: Vec<c_char> = vec![0; 4096];
    loop {
        let mut needed = 0;
        // SAFETY: the caller's promise; field has the size given, needed lives for the call.
        let status =
            unsafe { sys::zest_report_text(raw, field.as_mut_ptr(), field.len(), &raw mut needed) };
        if status != sys::ZEST_INVALID_ARGUMENT || needed <= field.len() {
            check("zest_report_text", status)?;
            return Ok(text::from_field(&field));
        }
        field.resize(needed, 0);
    }
}

impl ReportRow {
    /// Whether it listens.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }

    fn from_raw(raw: &sys::zest_report_row) -> Self {
        Self {
            status: Status::from_raw(raw.status),
            os_errno: (raw.os_errno != 0).then_some(raw.os_errno),
            shard: raw.shard,
            listener_id: raw.listener_id,
            protocol: Protocol::from_raw(raw.protocol),
            reuseport: raw.reuseport != 0,
            backend: Backend::from_raw(raw.backend),
            steering: Steering::from_raw(raw.steering),
            cpu: u32::try_from(raw.cpu).ok(),
            numa_node: u32::try_from(raw.numa_node).ok(),
            backlog_asked: raw.backlog_asked,
            backlog_effective: (raw.backlog_effective != 0).then_some(raw.backlog_effective),
            address: Address::from_raw(&raw.address),
            thread_name: text::from_field(&raw.thread_name),
            note: text::from_field(&raw.note),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table.trim_end())
    }
}
