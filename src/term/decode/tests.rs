use super::*;
use proptest::prelude::*;

fn all(pieces: &[&[u8]]) -> Vec<Input> {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.feed(piece, &mut out);
    }
    if decoder.is_waiting() {
        decoder.flush(&mut out);
    }
    assert!(!decoder.is_waiting());
    out
}

fn key(code: KeyCode) -> Input {
    Input::Key(plain(code))
}

#[test]
fn keys_of_the_usual_terminals() {
    let cases: [(&[u8], KeyCode); 18] = [
        (b"q", KeyCode::Char('q')),
        (b"Q", KeyCode::Char('Q')),
        ("ü".as_bytes(), KeyCode::Char('ü')),
        ("日".as_bytes(), KeyCode::Char('日')),
        (b"\x1b", KeyCode::Esc),
        (b"\r", KeyCode::Enter),
        (b"\n", KeyCode::Enter),
        (b"\x7f", KeyCode::Backspace),
        (b"\x08", KeyCode::Backspace),
        (b"\x1b[A", KeyCode::Up),
        (b"\x1bOB", KeyCode::Down),
        (b"\x1b[3~", KeyCode::Delete),
        (b"\x1b[5~", KeyCode::PageUp),
        (b"\x1b[1~", KeyCode::Home),
        (b"\x1bOP", KeyCode::F(1)),
        (b"\x1b[[B", KeyCode::F(2)),
        (b"\x1b[15~", KeyCode::F(5)),
        (b"\x1b[24~", KeyCode::F(12)),
    ];
    for (bytes, code) in cases {
        assert_eq!(all(&[bytes]), [key(code)], "{bytes:?}");
    }
}

#[test]
fn modifiers() {
    let held = |bytes: &[u8]| all(&[bytes]);
    assert_eq!(held(b"\x1a"), [Input::Key(Key { ctrl: true, ..plain(KeyCode::Char('z')) })]);
    assert_eq!(held(b"\x1f"), [Input::Key(Key { ctrl: true, ..plain(KeyCode::Char('_')) })]);
    assert_eq!(held(b"\x1bx"), [Input::Key(Key { alt: true, ..plain(KeyCode::Char('x')) })]);
    assert_eq!(held(b"\x1b["), [Input::Key(Key { alt: true, ..plain(KeyCode::Char('[')) })]);
    assert_eq!(held(b"\x1b[Z"), [Input::Key(Key { shift: true, ..plain(KeyCode::Tab) })]);
    let both = Key { ctrl: true, shift: true, ..plain(KeyCode::Right) };
    assert_eq!(held(b"\x1b[1;6C"), [Input::Key(both)]);
}

#[test]
fn a_slow_line_cuts_anywhere() {
    assert_eq!(all(&[b"\x1b", b"[", b"A"]), [key(KeyCode::Up)]);
    assert_eq!(all(&[b"\xe6", b"\x97", b"\xa5"]), [key(KeyCode::Char('日'))]);
    assert_eq!(all(&[b"\x1b\x1b[B"]), [key(KeyCode::Esc), key(KeyCode::Down)]);
}

#[test]
fn a_paste_is_data() {
    let expected = [Input::Paste("q\n:quit\n".into()), key(KeyCode::Char('x'))];
    assert_eq!(all(&[b"\x1b[200~q\r\n:quit\r\x1b[20", b"1~x"]), expected);
    assert_eq!(all(&[b"\x1b[200~a\x1b]52;c;eA==\x07b\x1b[201~"]), [Input::Paste("a]52;c;eA==b".into())]);
    // One that never ends is over when nothing comes any more, and large ones are cut.
    assert_eq!(all(&[b"\x1b[200~abc\x1b[2"]), [Input::Paste("abc[2".into())]);
    let mut long = b"\x1b[200~".to_vec();
    long.extend(std::iter::repeat_n(b'x', LARGEST_PASTE + 5));
    long.extend_from_slice(b"\x1b[201~");
    assert_eq!(all(&[&long]), [Input::Paste("x".repeat(LARGEST_PASTE))]);
}

#[test]
fn focus_and_what_is_no_key() {
    assert_eq!(all(&[b"\x1b[I\x1b[O"]), [Input::Focus(true), Input::Focus(false)]);
    let noise: [&[u8]; 8] = [
        b"\x1b[999999999;1H\x1b[?62;22c",
        b"\x1b]52;c;\x07",
        b"\x1b]11;rgb:0000/0000/0000\x1b\\",
        b"\x1bP>|XTerm(354)\x1b\\",
        b"\x1b[<0;9999;9999M",
        b"\x1b[M !!",
        b"\xff\xfe\xc3\xc3",
        b"\x00",
    ];
    for bytes in noise {
        let keys = all(&[bytes, b"q"]);
        assert_eq!(keys.last(), Some(&key(KeyCode::Char('q'))), "{bytes:?} gave {keys:?}");
        assert!(keys.len() <= 2, "{bytes:?} gave {keys:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_in_any_pieces_are_taken(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        for piece in &pieces {
            decoder.feed(piece, &mut out);
            prop_assert!(decoder.kept.len() <= LONGEST_SEQUENCE + 64);
        }
        decoder.flush(&mut out);
        prop_assert!(!decoder.is_waiting());
        decoder.feed(b"q", &mut out);
        prop_assert_eq!(out.last(), Some(&key(KeyCode::Char('q'))));
    }
}
