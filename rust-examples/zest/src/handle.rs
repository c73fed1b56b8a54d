//! The one owner of a C service, shared by all that take from it.

use crate::lower::Lowered;
use crate::{Error, Listener, Receipt, Report, Result, Settings, ShardStats, Stats, timeout};
use std::ptr::{self, NonNull};
use std::time::Duration;
use zest_sys as sys;

/// Frees the service when the last of those that share it goes, so that its pointer and its event
/// fds are valid as long as anyone can use them.
#[derive(Debug)]
pub(crate) struct Handle(NonNull<sys::zest_service>);

// SAFETY: the header allows every call but zest_service_free from any thread, and drop is last.
unsafe impl Send for Handle {}
// SAFETY: the same; they take the service as const and lock inside.
unsafe impl Sync for Handle {}

impl Handle {
    pub(crate) fn listen(
        listeners: Vec<Listener>,
        settings: &Settings,
        extra_flags: u32,
    ) -> Result<(Self, Report)> {
        let mut lowered = Lowered::new(listeners, settings, extra_flags)?;
        lowered.give_away_fds();
        let (mut service, mut report) = (ptr::null_mut(), ptr::null_mut());
        let mut error = sys::zest_error { code: sys::ZEST_OK, os_errno: 0, message: [0; 256] };
        let (configs, settings) = (lowered.configs(), lowered.settings());
        // SAFETY: lowered holds all that configs and settings point to; the out pointers live
        // for the call.
        let status = unsafe {
            sys::zest_listen(
                configs.as_ptr(),
                configs.len(),
                &raw const settings,
                &raw mut service,
                &raw mut report,
                &raw mut error,
            )
        };
        // SAFETY: zest_listen wrote it at success and at failure; it is ours to free.
        let report = unsafe { Report::take(report) };
        match NonNull::new(service) {
            Some(service) if status == sys::ZEST_OK => {
                Ok((Self(service), report?.unwrap_or_default()))
            }
            _ => Err(Error::from_raw(status, &error).with_report(report?)),
        }
    }

    pub(crate) fn as_ptr(&self) -> *const sys::zest_service {
        self.0.as_ptr()
    }

    pub(crate) fn shutdown(&self, limit: Option<Duration>) -> Result<Receipt> {
        let mut receipt = sys::ZEST_RECEIPT_INIT;
        // SAFETY: the service lives as long as self, receipt for the call.
        let status =
            unsafe { sys::zest_shutdown(self.as_ptr(), timeout::to_ms(limit), &raw mut receipt) };
        match status {
            sys::ZEST_OK | sys::ZEST_TIMED_OUT => Ok(Receipt::from_raw(&receipt)),
            _ => Err(Error::from_status("zest_shutdown", status)),
        }
    }

    pub(crate) fn shard_count(&self) -> Result<u32> {
        let mut count = 0;
        // SAFETY: the service lives as long as self, count for the call.
        check("zest_shard_count", unsafe { sys::zest_shard_count(self.as_ptr(), &raw mut count) })?;
        Ok(count)
    }

    pub(crate) fn set_load(&self, shard: u32, load: u32) -> Result<()> {
        // SAFETY: the service lives as long as self.
        let status = unsafe { sys::zest_shard_set_load(self.as_ptr(), shard, load) };
        check("zest_shard_set_load", status)
    }

    pub(crate) fn stats(&self) -> Result<Stats> {
        let mut raw = sys::ZEST_SERVICE_STATS_INIT;
        // SAFETY: the service lives as long as self, raw for the call.
        check("zest_stats", unsafe { sys::zest_stats(self.as_ptr(), &raw mut raw) })?;
        Ok(Stats::from_raw(&raw))
    }

    pub(crate) fn shard_stats(&self, shard: u32) -> Result<ShardStats> {
        let mut raw = sys::ZEST_SHARD_STATS_INIT;
        // SAFETY: the service lives as long as self, raw for the call.
        let status = unsafe { sys::zest_shard_stats_get(self.as_ptr(), shard, &raw mut raw) };
        check("zest_shard_stats_get", status)?;
        Ok(ShardStats::from_raw(&raw))
    }

    /// Shut down at once, for the owner's drop. The receipt is not wanted, and a failure (of a
    /// forked handle) leaves nothing to do but what the free does as well.
    pub(crate) fn stop(&self) {
        // SAFETY: the service lives as long as self; no receipt is allowed.
        unsafe { sys::zest_shutdown(self.as_ptr(), 0, ptr::null_mut()) };
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut service = self.0.as_ptr();
        // SAFETY: the last owner goes, so no call is inside and none will follow.
        let status = unsafe { sys::zest_service_free(&raw mut service) };
        debug_assert_eq!(status, sys::ZEST_OK, "zest_service_free");
    }
}

pub(crate) fn check(call: &str, status: sys::zest_status) -> Result<()> {
    match status {
        sys::ZEST_OK => Ok(()),
        _ => Err(Error::from_status(call, status)),
    }
}
