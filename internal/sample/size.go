package sample

import (
	"math"

	"assay/internal/kit/fault"
)

// Rate is parts of ten thousand: 500 is 5 %.
type Rate int

// All is one.
const All Rate = 10_000

func (r Rate) share() float64 { return float64(r) / float64(All) }

// of is how many of n items the rate is, rounded up.
func (r Rate) of(n int) int {
	return int((int64(n)*int64(r) + int64(All) - 1) / int64(All))
}

// Attribute is what a statistical size has to show: with this confidence, that
// the true rate of deviations is below the tolerable one.
type Attribute struct {
	Population int  // 0: without end
	Confidence Rate // that the conclusion is right
	Tolerable  Rate // deviations that would be too many
	Expected   Rate // deviations that are counted on; below the tolerable
}

// valid reports what no sample can show.
func (a *Attribute) valid() error {
	var wrong []fault.Field
	bad := func(name, text string) { wrong = append(wrong, fault.Field{Name: name, Text: text}) }
	if a.Population < 0 || a.Population > MostItems {
		bad("population", "Give how many items there are, or 0 where there is no end of them.")
	}
	if a.Confidence < 5000 || a.Confidence > 9999 {
		bad("confidence", "Give a confidence of at least 50 and below 100 percent; 90 and 95 are usual.")
	}
	if a.Tolerable < 10 || a.Tolerable > 5000 {
		bad("tolerable", "Give a tolerable rate of 0.1 to 50 percent; 5 and 10 are usual.")
	}
	if a.Expected < 0 || a.Expected >= a.Tolerable {
		bad("expected", "The rate that is expected must be below the tolerable one.")
	}
	if len(wrong) > 0 {
		return fault.Fields("No size can be told.", wrong...)
	}
	return nil
}

// Sized is a size and how many deviations it bears.
type Sized struct {
	Size       int
	Acceptable int // with so many or fewer, the conclusion holds
}

// mostSize is where a size is not worth telling: test all, or expect less.
const mostSize = 20_000

// Size is the smallest sample that shows it, if no more deviations are found
// than are expected. A population is taken to deviate in whole items, rounded up.
// Where the whole population must be tested, the size is all of it.
func (a *Attribute) Size() (Sized, error) {
	if err := a.valid(); err != nil {
		return Sized{}, err
	}
	most := mostSize
	if a.Population > 0 {
		most = min(most, a.Population)
	}
	n := 0
	for found := 0; found <= most; found++ {
		for n <= most && a.chance(n, found, a.Tolerable.of(a.Population)) > 1-a.Confidence.share()+tiny {
			n++
		}
		if n > most {
			break
		}
		if a.Expected.of(n) <= found {
			return Sized{n, found}, nil
		}
	}
	if a.Population > 0 && a.Population <= mostSize { // all is known when all is tested
		return Sized{a.Population, max(a.Tolerable.of(a.Population)-1, 0)}, nil
	}
	return Sized{}, fault.New(fault.Invalid, "More than %d items would have to be tested: what is expected is too near to what is tolerable.", mostSize)
}

// tiny is what rounding may add to a chance.
const tiny = 1e-12

// chance is how likely a sample of n has found or fewer deviations, where the
// true rate is the tolerable one: bad items of a counted population.
func (a *Attribute) chance(n, found, bad int) float64 {
	if a.Population == 0 {
		return binomial(n, found, a.Tolerable.share())
	}
	return hypergeometric(a.Population, bad, n, found)
}

// Upper is the upper limit of the rate of deviations, one-sided: with the
// confidence, the true rate is not above it. It is rounded up. A population of 0
// is one without end; of a counted one, what was tested is known.
func Upper(population, tested, found int, confidence Rate) (Rate, error) {
	if tested < 0 || tested > MostItems || found < 0 || found > tested || population != 0 && tested > population {
		return 0, fault.New(fault.Invalid, "%d deviations among %d tested of %d is not possible.", found, tested, population)
	}
	if confidence < 5000 || confidence > 9999 {
		return 0, fault.New(fault.Invalid, "Give a confidence of at least 50 and below 100 percent.")
	}
	if tested == 0 || found == tested && population == 0 {
		return All, nil
	}
	risk := 1 - confidence.share()
	if population > 0 {
		lo, hi := found, population-(tested-found) // at least, at most so many deviate
		for lo < hi {
			if mid := (lo + hi + 1) / 2; hypergeometric(population, mid, tested, found) > risk+tiny {
				lo = mid
			} else {
				hi = mid - 1
			}
		}
		return Rate((int64(lo)*int64(All) + int64(population) - 1) / int64(population)), nil
	}
	lo, hi := 0.0, 1.0
	for range 100 {
		if mid := (lo + hi) / 2; binomial(tested, found, mid) > risk {
			lo = mid
		} else {
			hi = mid
		}
	}
	return min(Rate(math.Ceil(hi*float64(All)-1e-9)), All), nil
}

// binomial is the chance of found or fewer among n, each with chance p.
func binomial(n, found int, p float64) float64 {
	if found >= n || p <= 0 {
		return 1
	}
	if p >= 1 {
		return 0
	}
	log := func(i int) float64 { return choose(n, i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p) }
	up := func(i int) float64 { return float64(n-i) / float64(i+1) * p / (1 - p) }
	return atMost(tail{log: log, up: up, low: 0, high: n, mean: float64(n) * p}, found)
}

// hypergeometric is the chance of found or fewer bad items among n drawn of all
// without putting back.
func hypergeometric(all, bad, n, found int) float64 {
	low, high := max(0, n-(all-bad)), min(n, bad) // what a draw can have
	if found >= high {
		return 1
	}
	if found < low {
		return 0
	}
	log := func(i int) float64 { return choose(bad, i) + choose(all-bad, n-i) - choose(all, n) }
	up := func(i int) float64 {
		return float64(bad-i) / float64(i+1) * float64(n-i) / float64(all-bad-n+i+1)
	}
	return atMost(tail{log: log, up: up, low: low, high: high, mean: float64(n) * float64(bad) / float64(all)}, found)
}

// tail is a distribution over low to high: the logarithm of a chance, and what
// the next one is of it.
type tail struct {
	log       func(int) float64
	up        func(int) float64
	low, high int
	mean      float64
}

// atMost sums the shorter side of a distribution, away from its mean, where
// every chance is smaller than the one before.
func atMost(t tail, found int) float64 {
	sum := 0.0
	if float64(found) < t.mean {
		for i, c := found, math.Exp(t.log(found)); i >= t.low && c > sum*tiny*tiny; i-- {
			sum += c
			if i > t.low {
				c /= t.up(i - 1)
			}
		}
		return min(sum, 1)
	}
	for i, c := found+1, math.Exp(t.log(found+1)); i <= t.high && c > sum*tiny*tiny; i++ {
		sum += c
		if i < t.high {
			c *= t.up(i)
		}
	}
	return max(1-sum, 0)
}

// choose is the logarithm of how many sets of k there are among n.
func choose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n) + 1)
	b, _ := math.Lgamma(float64(k) + 1)
	c, _ := math.Lgamma(float64(n-k) + 1)
	return a - b - c
}
