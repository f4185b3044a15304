package ladder

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// clock writes the times of one diagram, all in one unit and with the same
// number of decimals, so that they can be read down the column.
type clock struct {
	unit     string
	scale    float64 // nanoseconds of one unit
	decimals int
}

// newClock chooses milliseconds if everything happens within ten seconds, and
// seconds otherwise; decimals as many as the times need and the column holds.
func newClock(times []tcp.Time) clock {
	last := tcp.Time(0)
	for _, t := range times {
		if t != tcp.Never {
			last = max(last, t)
		}
	}
	c := clock{unit: "ms", scale: 1e6}
	step, most := tcp.Time(time.Millisecond), 3
	if last >= tcp.Time(10*time.Second) {
		c, step, most = clock{unit: "s", scale: 1e9}, tcp.Time(time.Second), 6
	}
	most = max(min(most, timeWidth-1-len(strconv.FormatFloat(float64(last)/c.scale, 'f', 0, 64))), 0)
	for ; c.decimals < most; c.decimals++ {
		whole := true
		for _, t := range times {
			whole = whole && (t%step == 0 || t == tcp.Never)
		}
		if whole {
			break
		}
		step /= 10
	}
	return c
}

func (c clock) format(t tcp.Time) string {
	if t == tcp.Never {
		return "never"
	}
	s := strconv.FormatFloat(float64(t)/c.scale, 'f', c.decimals, 64)
	if len(s) > timeWidth || math.Abs(float64(t)) > 1e18 {
		s = strconv.FormatFloat(float64(t)/c.scale, 'e', 1, 64)
	}
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-") // a negative time that is rounded to 0
	}
	return s
}
