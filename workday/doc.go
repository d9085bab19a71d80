// Package workday counts time limits as Chinese law does.
package workday
