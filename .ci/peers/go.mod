module github.com/pmta-exporter/pmta_exporter/.ci/peers

go 1.26.7
