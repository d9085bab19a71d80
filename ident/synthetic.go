package ident

import "fmt"

// MakeCreditCode makes a synthetic credit code for demonstrations and tests: it computes the check characters of
// the organisation code and of the whole. region is six digits, orgSerial eight characters of the alphabet of GB
// 32100. It returns "" if the arguments do not have this form. Nothing says whether a real organisation has this code.
func MakeCreditCode(authority, category byte, region string, orgSerial string) CreditCode {
	if len(region) != 6 || len(orgSerial) != 8 {
		return ""
	}
	body := string([]byte{authority, category}) + region + orgSerial
	if creditCharFault(body) != nil {
		return ""
	}
	body += string(orgCheck(orgSerial))
	return CreditCode(body + string(creditCheck(body)))
}

// MakeOrgCode makes a synthetic organisation code from eight characters of 0-9 and A-Z; "" if serial is not that.
func MakeOrgCode(serial string) OrgCode {
	if len(serial) != 8 || !canonicalASCII(serial) {
		return ""
	}
	return OrgCode(serial + string(orgCheck(serial)))
}

// MakeCitizenID makes a synthetic citizen id for demonstrations and tests: it computes the check character. region is
// six digits, serial 0 to 999 (odd: male). It returns "" if the arguments do not have this form or the day does not
// exist. Nothing says whether a real person has this number: in demo data use a region of the demo and mark it.
func MakeCitizenID(region string, y, m, d, serial int) CitizenID {
	if len(region) != 6 || !allDigits(region) || y < 1800 || y > 9999 || m < 1 || m > 12 || d < 1 ||
		d > daysIn(y, m) || serial < 0 || serial > 999 {
		return ""
	}
	body := fmt.Sprintf("%s%04d%02d%02d%03d", region, y, m, d, serial)
	return CitizenID(body + string(citizenCheck(body)))
}
