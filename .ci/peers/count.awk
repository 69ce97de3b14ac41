# The same as count.mtail without replies. Quoted fields hold commas.
BEGIN { FS = "," }
{
	records[$1]++
	if ($1 != "d" && $1 != "b" && $1 != "t") next
	if (index($0, "\"")) gsub(/"([^"]|"")*"/, "")
	host = substr($9, 1, index($9, " ") - 1)
	results[$1, host, $16]++
	source_ip_results[$1, $12, host]++
	sender_results[$1, substr($4, index($4, "@") + 1)]++
	if ($1 == "d") delivered_bytes[host, $16] += $15
}
END {
	for (type in records) if (type != "type") printf "total\trecords %s\t%d\n", type, records[type]
	for (pair in delivered_bytes) { bytes += delivered_bytes[pair]; series++ }
	printf "total\tdelivered_bytes\t%.0f\ntotal\tdelivered_bytes series\t%d\n", bytes, series
}
