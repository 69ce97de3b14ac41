package collector

import (
	"sync/atomic"
	"time"
)

// reloadFamilies say whether the configuration file that is in force is the one
// on disk. Without a file there is nothing to say.
type reloadFamilies struct {
	state atomic.Pointer[reloadState]

	successful, succeeded *family
}

// reloadState is how the last reading went.
type reloadState struct {
	successful bool
	succeeded  time.Time // of the last one that succeeded
}

func newReloadFamilies() *reloadFamilies {
	return &reloadFamilies{
		successful: gauge("pmta_exporter_config_last_reload_successful",
			"Whether the last reading of --config.file succeeded; while it is 0, the configuration read before is in force; absent without a file."),
		succeeded: gauge("pmta_exporter_config_last_reload_success_timestamp_seconds",
			"Time of the last reading of --config.file that succeeded, at the start or later; absent without a file."),
	}
}

func (f *reloadFamilies) families() []*family { return []*family{f.successful, f.succeeded} }

func (f *reloadFamilies) emit(out *samples) {
	state := f.state.Load()
	if state == nil {
		return
	}
	out.add(f.successful, oneIf(state.successful))
	out.add(f.succeeded, float64(state.succeeded.UnixNano())/1e9)
}

// ConfigRead notes that the configuration file was read and is in force.
func (e *Exporter) ConfigRead(at time.Time) {
	e.reload.state.Store(&reloadState{successful: true, succeeded: at})
}

// ConfigRefused notes that the configuration file could not be used, and that
// the one read before stays. Only one reading goes on at a time.
func (e *Exporter) ConfigRefused() {
	if was := e.reload.state.Load(); was != nil {
		e.reload.state.Store(&reloadState{succeeded: was.succeeded})
	}
}
