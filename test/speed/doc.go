// Package speed measures the whole house: pages and days of the demonstration,
// and large collections. Its benchmarks print figures and never fail for being
// slow. ASSAY_DEMO names the data folder of a demonstration that exists; without
// it one is made.
package speed
