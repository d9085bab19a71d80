package workday_test

import (
	"fmt"
	"time"

	"github.com/tongban/tongban/workday"
)

// One working day from a Friday may end on a Saturday: 14 February 2026 was
// worked to make up for the Spring Festival, which took the days from the 15th
// to the 23rd.
func ExampleCalendar_Add() {
	friday := workday.NewDate(2026, time.February, 13)
	fmt.Println(workday.National().Add(friday, 1, workday.WorkDay))
	fmt.Println(workday.National().Add(friday, 2, workday.WorkDay))
	// Output:
	// 2026-02-14
	// 2026-02-24
}
