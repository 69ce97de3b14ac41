package pmtatest

import "time"

// The states of the published status samples, copied from print by hand.

func status50r1() State {
	return State{
		Host: Host{
			Name:          "PowerMTA",
			Version:       "5.0r1",
			BuildDate:     "2019-09-15 14:27:54",
			Revision:      "v5_0r1@190914.919ffeb",
			Bits:          64,
			Serial:        "123456",
			Instances:     1,
			OSName:        "Linux",
			OSVersion:     "3.10.0-957.1.3.el7.x86_64",
			OSBuild:       "CentOS Linux release 7.6.1810 (Core) ",
			CPUType:       "x86_64",
			CPUCount:      2,
			RAMKB:         3878876,
			FullHostName:  "hazmat.port25.com",
			WebUIProtocol: 1,
		},
		TimeNow:     at("2019-02-07 17:06:02"),
		StartupTime: at("2019-01-31 02:48:06"),
		Volumes: Volumes{
			Total:     Volume{Out: Amount{85402, 85402, 2736957.8}, In: Amount{100640, 100544, 2177515.3}},
			LastHr:    Volume{Out: Amount{772, 772, 25208.2}, In: Amount{984, 984, 21202.5}},
			LastMin:   Volume{Out: Amount{7, 7, 54}, In: Amount{10, 10, 79.4}},
			TopPerHr:  Volume{Out: Amount{883, 883, 73238.2}, In: Amount{1039, 1039, 52393}},
			TopPerMin: Volume{Out: Amount{158, 158, 27369}, In: Amount{188, 187, 27269.5}},
		},
		Conns:      Conns{In: Conn{3, 200, 20}, Out: Conn{11, 1000, 76}},
		Resolver:   Resolver{81, 1, 1},
		QueueTypes: queueTypes(QueueType{Rcp: 132, Dom: 92, KB: 7944.7}),
		Spool: Spool{
			InitPct: 100, Dirs: 3, FilesInUse: 134, FilesTotal: 12288, TotalRcp: 134, MaxRcp: 2880000,
		},
		Status: "running",
	}
}

func status50b1() State {
	return State{
		Host: Host{
			Name:         "PowerMTA",
			Version:      "5.0b1",
			BuildDate:    "2018-12-17 04:13:56",
			Revision:     "trunk@18274",
			Bits:         64,
			Serial:       "123456",
			OSName:       "Linux",
			OSVersion:    "3.10.0-862.3.2.el7.x86_64",
			OSBuild:      "CentOS Linux release 7.5.1804 (Core) ",
			CPUType:      "x86_64",
			CPUCount:     2,
			RAMKB:        3879568,
			FullHostName: "foo.int.port25.com",
		},
		TimeNow:     at("2019-02-19 23:00:46"),
		StartupTime: at("2019-02-19 17:15:07"),
		Volumes: Volumes{
			Total:     Volume{Out: Amount{2007007, 2007007, 1370100.3}, In: Amount{2007845, 28046, 8799.7}},
			LastHr:    Volume{Out: Amount{348704, 348704, 142245.3}, In: Amount{348700, 4936, 33.7}},
			LastMin:   Volume{Out: Amount{5809, 5809, 2372.6}, In: Amount{5800, 81, 0.6}},
			TopPerHr:  Volume{Out: Amount{348947, 348947, 693034.3}, In: Amount{348700, 4936, 8633.6}},
			TopPerMin: Volume{Out: Amount{6219, 6219, 214286.9}, In: Amount{5900, 99, 3480.8}},
		},
		Conns:      Conns{In: Conn{1, 5, 1}, Out: Conn{0, 1200, 157}},
		Resolver:   Resolver{NamesCached: 589},
		QueueTypes: queueTypes(QueueType{Rcp: 805, Dom: 226, KB: 5.5}),
		Spool:      Spool{InitPct: 100, Dirs: 1, FilesInUse: 504, FilesTotal: 504, TotalRcp: 805, MaxRcp: 25000},
		Status:     "running",
	}
}

// status50r5XML has other numbers than status50r5DOM, though both are printed
// as one example.
func status50r5XML() State {
	s := status50r5DOM()
	s.TimeNow = at("2019-09-01 10:17:07")
	s.Volumes.Total = Volume{Out: Amount{5317436, 5317436, 2788394}, In: Amount{5104905, 128951, 1951.8}}
	s.Volumes.LastHr = Volume{Out: Amount{295376, 295376, 97626.3}, In: Amount{295358, 7366, 111.4}}
	s.Volumes.LastMin = Volume{Out: Amount{4776, 4776, 1669.2}, In: Amount{4772, 124, 1.9}}
	s.QueueTypes = queueTypes(QueueType{Rcp: 692, Dom: 241, KB: 10.4})
	s.Spool = Spool{InitPct: 100, Dirs: 1, FilesInUse: 491, FilesTotal: 491, TotalRcp: 692, MaxRcp: 1000000}
	return s
}

func status50r5DOM() State {
	return State{
		Host: Host{
			Name:         "PowerMTA",
			Version:      "5.0",
			BuildDate:    "2019-08-31 16:07:03",
			Revision:     "v5_0r5@200713.f592d6f",
			Bits:         64,
			Serial:       "112345",
			Instances:    1,
			OSName:       "Linux",
			OSVersion:    "3.10.0-229.1.2.el7.x86_64",
			OSBuild:      "CentOS Linux release 7.1.1503 (Core) ",
			CPUType:      "x86_64",
			CPUCount:     12,
			RAMKB:        32750628,
			FullHostName: "example.port25.com",
		},
		TimeNow:     at("2019-09-01 10:17:50"),
		StartupTime: at("2019-08-31 16:22:01"),
		Volumes: Volumes{
			Total:     Volume{Out: Amount{5319661, 5319661, 2789142.9}, In: Amount{5107093, 129008, 1952.7}},
			LastHr:    Volume{Out: Amount{294091, 294091, 97231.2}, In: Amount{294046, 7335, 111}},
			LastMin:   Volume{Out: Amount{3275, 3275, 1092.6}, In: Amount{3242, 85, 1.3}},
			TopPerHr:  Volume{Out: Amount{450637, 450637, 1176613.1}, In: Amount{303999, 7591, 114.9}},
			TopPerMin: Volume{Out: Amount{213222, 213222, 1098011.2}, In: Amount{8365, 207, 3.1}},
		},
		Conns:      Conns{In: Conn{0, 150, 1}, Out: Conn{0, 500, 299}},
		QueueTypes: queueTypes(QueueType{Rcp: 655, Dom: 243, KB: 9.9}),
		Spool:      Spool{InitPct: 100, Dirs: 1, FilesInUse: 476, FilesTotal: 476, TotalRcp: 655, MaxRcp: 1000000},
		Status:     "running",
	}
}

// at reads a clock time; a mistyped one shows in the comparison.
func at(text string) time.Time {
	t, _ := time.Parse(time.DateTime, text)
	return t
}
