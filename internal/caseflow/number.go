package caseflow

import (
	"fmt"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
)

// NumberCreditCode numbers a licence with a new unified social credit code (GB 32100-2015) of an enterprise, registered
// by market supervision in the case's region. Two licences never get one organisation code (see organisationCode).
const NumberCreditCode = "credit-code"

// licenceNo numbers the next licence of the case; "" if no number can be made: the region is in no list of regions, or its
// organisation codes are used up.
func (d *decider) licenceNo(res *Result) string {
	if res.Numbering == NumberCreditCode {
		body := organisationCode(d.c.Region, d.c.Serial, d.creditCodes())
		return string(ident.MakeCreditCode('9', '1', ident.RegisteringCode(d.c.Region), body))
	}
	year, _, _ := workday.DateOf(d.env.Now).Civil()
	place := d.c.Region + "-"
	if r, ok := ident.Service().ByCode(d.c.Region); ok && r.Level == ident.LevelServiceArea {
		place = r.Short // GB/T 2260 has no code of its own for it
	}
	return fmt.Sprintf("%s〔%d〕%s%d-%d号", res.Prefix, year, place, d.c.Serial, len(d.c.Licences)+1)
}

// creditCodes counts the licences of the case that have a credit code.
func (d *decider) creditCodes() int {
	n := 0
	for i := range d.c.Licences {
		if def := d.it.StepByID(d.c.Licences[i].Step); def != nil && def.Result != nil && def.Result.Numbering == NumberCreditCode {
			n++
		}
	}
	return n
}

// Bounds of what an organisation code can tell apart.
const (
	creditCodesPerCase = 4
	// lastCreditSerial is the last serial number of a region whose cases can get one: six characters of 31 kinds, shared by
	// 256 regions and four licences a case. When a region comes to its end, issuing is refused, loudly and for good: it then
	// needs a block of codes from the registration authority, which the kernel must not invent.
	lastCreditSerial = 31*31*31*31*31*31/(ident.RegionSlots*creditCodesPerCase) - 1
)

// organisationCode writes region, serial number and place of the licence within its case as the 8 characters of an
// organisation code (GB 11714): MA, as market supervision gives out, and six base-31 digits. Different arguments give
// different codes; "" beyond the bounds.
func organisationCode(region string, serial int64, licence int) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	slot, ok := ident.RegionSlot(region)
	if !ok || serial < 0 || serial > lastCreditSerial || licence >= creditCodesPerCase {
		return ""
	}
	rest := (serial*creditCodesPerCase+int64(licence))*ident.RegionSlots + int64(slot)
	b := []byte("MA000000")
	for i := len(b) - 1; i >= 2; i-- {
		b[i] = alphabet[rest%31]
		rest /= 31
	}
	return string(b)
}
