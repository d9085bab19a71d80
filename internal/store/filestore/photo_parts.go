package filestore

import (
	"bytes"
	"encoding/binary"
)

// How the files of photos are built: what stands beside the picture is found and left out, and the picture itself is not decoded.

// orientation is how the camera was held, 1 to 8; 1 if the image does not say.
func orientation(raw []byte, kind string) int {
	found := 1
	switch kind {
	case JPEG:
		jpegParts(raw, func(marker byte, part []byte) bool {
			if rest, ok := bytes.CutPrefix(part[4:], []byte("Exif\x00\x00")); marker == 0xe1 && ok {
				found = tiffOrientation(rest)
			}
			return true
		})
	case PNG:
		pngParts(raw, func(name string, part []byte) bool {
			if name == "eXIf" {
				found = tiffOrientation(part[8 : len(part)-4])
			}
			return true
		})
	case WebP:
		for at := 12; at+8 <= len(raw); {
			n := int(binary.LittleEndian.Uint32(raw[at+4:]))
			if n < 0 || n > len(raw)-at-8 {
				break
			}
			if string(raw[at:at+4]) == "EXIF" {
				found = tiffOrientation(bytes.TrimPrefix(raw[at+8:at+8+n], []byte("Exif\x00\x00")))
			}
			at += 8 + n + n%2
		}
	}
	return found
}

// tiffOrientation reads the tag 0x0112 of the first directory of a TIFF structure.
func tiffOrientation(b []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case len(b) < 8:
		return 1
	case string(b[:4]) == "MM\x00*":
		order = binary.BigEndian
	case string(b[:4]) != "II*\x00":
		return 1
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	n := uint64(order.Uint16(b[at:]))
	for at += 2; n > 0 && at+12 <= uint64(len(b)); n, at = n-1, at+12 {
		if order.Uint16(b[at:]) == 0x0112 {
			if o := int(order.Uint16(b[at+8:])); o >= 1 && o <= 8 {
				return o
			}
			return 1
		}
	}
	return 1
}

// jpegParts visits the segments before the image data: whole, with their marker and length. It returns where the data begin; -1 if
// the file is not built so, or visit says no.
func jpegParts(raw []byte, visit func(marker byte, part []byte) bool) int {
	at := 2
	for at+4 <= len(raw) && raw[at] == 0xff {
		marker := raw[at+1]
		if marker == 0xff { // fill
			at++
			continue
		}
		if marker == 0xda { // start of scan
			return at
		}
		n := int(binary.BigEndian.Uint16(raw[at+2:]))
		if n < 2 || at+2+n > len(raw) || !visit(marker, raw[at:at+2+n]) {
			return -1
		}
		at += 2 + n
	}
	return -1
}

// pngParts visits the chunks: whole, with length, name and check sum.
func pngParts(raw []byte, visit func(name string, part []byte) bool) bool {
	at := 8
	for at+12 <= len(raw) {
		n := int(binary.BigEndian.Uint32(raw[at:]))
		if n < 0 || n > len(raw)-at-12 {
			return false
		}
		name := string(raw[at+4 : at+8])
		if !visit(name, raw[at:at+12+n]) {
			return false
		}
		at += 12 + n
		if name == "IEND" {
			return true
		}
	}
	return false
}

// withoutNotes leaves out what stands beside the picture: EXIF, XMP, comments, thumbnails, and whatever follows its end, such as
// another file. The picture itself is not touched. nil if the file is not built as such files are.
func withoutNotes(raw []byte, kind string) []byte {
	out := make([]byte, 0, len(raw))
	if kind == PNG {
		out = append(out, raw[:8]...)
		ok := pngParts(raw, func(name string, part []byte) bool {
			switch name {
			case "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs":
				out = append(out, part...)
			}
			return true
		})
		if !ok {
			return nil
		}
		return out
	}
	out = append(out, raw[:2]...)
	data := jpegParts(raw, func(marker byte, part []byte) bool {
		notes := marker >= 0xe1 && marker <= 0xef && marker != 0xee || marker == 0xfe
		if !notes || marker == 0xe2 && bytes.HasPrefix(part[4:], []byte("ICC_PROFILE\x00")) { // APP14 says how colours are stored
			out = append(out, part...)
		}
		return true
	})
	if data < 0 {
		return nil
	}
	end := jpegEnd(raw, data)
	if end < 0 {
		return nil
	}
	return append(out, raw[data:end]...)
}

// jpegEnd is where the picture ends whose data begin at an offset: after the end marker, between whose scans other segments may
// stand. -1 if there is none.
func jpegEnd(raw []byte, at int) int {
	for at+1 < len(raw) {
		marker := raw[at+1]
		switch {
		case raw[at] != 0xff || marker == 0xff:
			at++
		case marker == 0xd9:
			return at + 2
		case marker == 0 || marker >= 0xd0 && marker <= 0xd7: // a byte of the data, or where a decoder may begin again
			at += 2
		case at+4 > len(raw):
			return -1
		default:
			at += 2 + int(binary.BigEndian.Uint16(raw[at+2:]))
		}
	}
	return -1
}
