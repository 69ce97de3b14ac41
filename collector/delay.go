package collector

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// delayHistogram is a classic and a native histogram in one metric, so that
// every scraper gets the finest it can read. The library makes either; the
// native one is filled up with the buckets of the classic one.
type delayHistogram struct {
	prometheus.Metric // native
	classic           prometheus.Metric
}

func newDelayHistogram(desc *prometheus.Desc, d *logscan.Delay) prometheus.Metric {
	native, nativeErr := prometheus.NewConstNativeHistogram(desc, d.Count, d.Sum, d.Native(), nil, d.Zero,
		logscan.NativeSchema, logscan.NativeZeroThreshold, d.Created, d.Provider)
	classic, classicErr := prometheus.NewConstHistogram(desc, d.Count, d.Sum, d.Classic(), d.Provider)
	if err := errors.Join(nativeErr, classicErr); err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return delayHistogram{native, classic}
}

// Write implements prometheus.Metric.
func (h delayHistogram) Write(out *dto.Metric) error {
	var classic dto.Metric
	if err := errors.Join(h.Metric.Write(out), h.classic.Write(&classic)); err != nil {
		return err
	}
	out.Histogram.Bucket = classic.Histogram.Bucket
	return nil
}
