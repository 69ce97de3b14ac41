package main

import (
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/common/promslog"
)

// loggers are the two loggers of the program. The toolkit speaks slog only;
// both write to one writer, obey the same flags and look alike.
type loggers struct {
	ours    log.Logger
	toolkit *slog.Logger
}

// callerDepth passes over the frames of go-kit/log and its level filter.
const callerDepth = 5

func newLoggers(c *promslog.Config, w io.Writer) loggers {
	w = log.NewSyncWriter(w)
	format := log.NewLogfmtLogger
	if c.Format.String() == "json" {
		format = log.NewJSONLogger
	}
	timestamp := log.TimestampFormat(func() time.Time { return time.Now().UTC() }, "2006-01-02T15:04:05.000Z07:00")
	ours := log.With(levelSecond{format(w)}, "ts", timestamp, "caller", log.Caller(callerDepth))
	return loggers{
		ours: level.NewFilter(ours, level.Allow(level.ParseDefault(c.Level.String(), level.InfoValue()))),
		toolkit: promslog.New(&promslog.Config{
			Level: c.Level, Format: c.Format, Style: promslog.GoKitStyle, Writer: w,
		}),
	}
}

// levelSecond writes the level between time and caller, where the toolkit's
// lines have it.
type levelSecond struct{ next log.Logger }

// Log implements log.Logger.
func (l levelSecond) Log(keyvals ...any) error {
	const ts, caller, lvl = 0, 2, 4
	if len(keyvals) > lvl+1 && keyvals[ts] == "ts" && keyvals[lvl] == level.Key() {
		keyvals = slices.Clone(keyvals)
		keyvals[caller], keyvals[lvl] = keyvals[lvl], keyvals[caller]
		keyvals[caller+1], keyvals[lvl+1] = keyvals[lvl+1], keyvals[caller+1]
	}
	return l.next.Log(keyvals...)
}
