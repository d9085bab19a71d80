// Package hanzi knows of Chinese characters what finding and sorting need: how a text is read in pinyin, which character is the
// simplified form of a traditional one, how many strokes a character has, and in which order names stand in a list.
//
// Readings are those of a kept library (go-pinyin). A character that is read in several ways is read as its words say:
// data/phrases.txt lists those that matter to services (银行 is yin hang, 行政 is xing zheng), data/surnames.txt how a character
// is read at the head of a name (单 is shan). Syllables are written without tones, ü as v, the way they are typed.
//
// Strokes and simplified forms are made by tools/unihan from the Unicode Han Database; data/LICENSE-Unicode.txt is its licence.
//
// All is pure: the same text gives the same answer, and nothing is changed after the tables are read.
package hanzi
