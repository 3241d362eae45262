package container

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// How perl's big numbers compute pi: with at most so many digits, and about so
// fast, in digits a second. Only that it takes seconds is known.
const (
	piDigitsMax = 5000
	piSpeed     = 400
)

// piProgram is the one program of perl that is understood: the digits of pi.
var piProgram = regexp.MustCompile(`^-Mbignum=bpi -wle print bpi\((\d{1,4})\);?$`)

func perl(c *call) outcome {
	m := piProgram.FindStringSubmatch(strings.Join(c.args[1:], " "))
	if c.p.image.Name != "perl" || m == nil {
		return c.unsupported("with a program of its own")
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n < 2 || n > piDigitsMax {
		return c.unsupported("over so many digits")
	}
	if c.f.stage == 0 {
		c.f.stage = 1
		c.t.block, c.t.wake = blockSleep, c.p.now.Add(time.Duration(n)*time.Second/piSpeed)
		return outcome{again: true}
	}
	c.out(piDigits(n) + "\n")
	return done(0)
}

// piDigits is pi rounded to n significant digits, by Machin's formula.
func piDigits(n int) string {
	const guard = 10
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n-1+guard)), nil)
	arctan := func(inverse int64) *big.Int {
		x, square := big.NewInt(inverse), big.NewInt(inverse*inverse)
		power := new(big.Int).Quo(unit, x)
		sum, term := new(big.Int).Set(power), new(big.Int)
		for k := int64(1); power.Sign() != 0; k++ {
			power.Quo(power, square)
			if term.Quo(power, big.NewInt(2*k+1)); k%2 == 1 {
				sum.Sub(sum, term)
			} else {
				sum.Add(sum, term)
			}
		}
		return sum
	}
	pi := new(big.Int).Mul(arctan(5), big.NewInt(4))
	pi.Sub(pi, arctan(239)).Mul(pi, big.NewInt(4))
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(guard), nil)
	pi.Add(pi, new(big.Int).Quo(scale, big.NewInt(2))).Quo(pi, scale)
	s := pi.String()
	return s[:1] + "." + s[1:]
}
