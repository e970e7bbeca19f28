//! Every theme that comes with the program: text can be read on its ground, and the states can be told apart by
//! people with any kind of colour vision.
//!
//! Contrast is WCAG 2.1's ratio of relative luminances. Colour vision is simulated by the matrices of Machado,
//! Oliveira and Fernandes (2009) for the three dichromacies, and distance is CIE 1976 (Euclidean in Lab, D65).

use bsmtop::term::capabilities::ColorDepth;
use bsmtop::term::color::{Kind, Palette};
use bsmtop::view::theme::{Meaning, Theme, names};
use ratatui::style::{Color, Modifier, Style};

type Triple = [f64; 3];

const VISIONS: [(&str, [Triple; 3]); 4] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "tritanopia",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ),
];

const STATES: [(Meaning, Meaning); 5] = [
    (Meaning::Ok, Meaning::TileOk),
    (Meaning::Warning, Meaning::TileWarning),
    (Meaning::Risk, Meaning::TileRisk),
    (Meaning::Critical, Meaning::TileCritical),
    (Meaning::Unknown, Meaning::TileUnknown),
];

fn linear(colour: Color) -> Option<Triple> {
    let Color::Rgb(red, green, blue) = colour else { return None };
    Some([red, green, blue].map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    }))
}

fn dot(a: Triple, b: Triple) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn contrast(a: Triple, b: Triple) -> f64 {
    let luminance = |colour| dot(colour, [0.2126, 0.7152, 0.0722]) + 0.05;
    let (a, b) = (luminance(a), luminance(b));
    a.max(b) / a.min(b)
}

fn lab(colour: Triple, vision: &[Triple; 3]) -> Triple {
    let seen = vision.map(|row| dot(row, colour).clamp(0.0, 1.0));
    let curve = |t: f64| if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 };
    let x = curve(dot(seen, [0.412_456_4, 0.357_576_1, 0.180_437_5]) / 0.950_47);
    let y = curve(dot(seen, [0.212_672_9, 0.715_152_2, 0.072_175]));
    let z = curve(dot(seen, [0.019_333_9, 0.119_192, 0.950_304_1]) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn distance(a: Triple, b: Triple) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The contrast of a style's text on its own ground, or on another.
fn of(style: Style, ground: Option<Color>) -> Option<f64> {
    Some(contrast(linear(style.fg?)?, linear(ground.or(style.bg)?)?))
}

fn coloured() -> Vec<Theme> {
    names()
        .into_iter()
        .filter(|name| !["mono", "ansi16"].contains(name))
        .map(|name| Theme::named(name).expect("embedded"))
        .collect()
}

#[test]
fn text_can_be_read_on_every_ground_that_it_stands_on() {
    for theme in coloured() {
        let bands = [Meaning::Header, Meaning::Status, Meaning::Key, Meaning::Prompt, Meaning::Toast];
        for meaning in bands.into_iter().chain([Meaning::Frozen, Meaning::Past, Meaning::WhatIf, Meaning::Trouble]) {
            let ratio = of(theme.style(meaning), None).expect("a colour");
            assert!(ratio >= 4.5, "{}: {} has {ratio:.1}", theme.name, meaning.name());
        }
        let grounds = [Meaning::Text, Meaning::Head, Meaning::Selection].map(|meaning| theme.style(meaning).bg);
        let texts = [
            Meaning::Text,
            Meaning::Dim,
            Meaning::Strong,
            Meaning::Title,
            Meaning::TitleFocus,
            Meaning::Link,
            Meaning::Ack,
            Meaning::Stale,
            Meaning::Money,
            Meaning::MoneyNone,
        ];
        for meaning in texts {
            for ground in grounds {
                let ratio = of(theme.style(meaning), ground).expect("a colour");
                assert!(ratio >= 4.5, "{}: {} has {ratio:.1} on {ground:?}", theme.name, meaning.name());
            }
        }
    }
}

#[test]
fn state_words_have_seven_to_one_or_a_filled_tile() {
    for theme in coloured() {
        let (ground, chosen) = (theme.style(Meaning::Text).bg, theme.style(Meaning::Selection).bg);
        for (text, tile) in STATES {
            let on_tile = of(theme.style(tile), None).expect("a colour");
            assert!(on_tile >= 4.5, "{}: {} has {on_tile:.1}", theme.name, tile.name());
            // Critical and at-risk that nobody handles are filled; the least for the rest is what text must have.
            // The grounds of these two are too light for more.
            let most = match theme.name.as_str() {
                "nord" => 5.5,
                "solarized" => 6.0,
                _ => 7.0,
            };
            let least = if matches!(text, Meaning::Critical | Meaning::Risk) { 4.5 } else { most };
            let ratio = of(theme.style(text), ground).expect("a colour");
            assert!(ratio >= least, "{}: {} has {ratio:.1}", theme.name, text.name());
            let ratio = of(theme.style(text), chosen).expect("a colour");
            assert!(ratio >= 3.0, "{}: {} has {ratio:.1} on the selected row", theme.name, text.name());
        }
    }
}

#[test]
fn states_can_be_told_apart_with_any_colour_vision() {
    for theme in coloured() {
        for (vision, matrix) in &VISIONS {
            let least = apart(&theme.name, vision);
            let seen = |meaning| lab(linear(theme.style(meaning).fg.expect("a colour")).expect("rgb"), matrix);
            for (at, (a, _)) in STATES.iter().enumerate() {
                for (b, _) in &STATES[at + 1..] {
                    let apart = distance(seen(*a), seen(*b));
                    let (a, b) = (a.name(), b.name());
                    assert!(apart >= least, "{}: {a} and {b} are {apart:.1} apart for {vision}", theme.name);
                }
            }
        }
    }
}

/// How far apart the states of a theme are at least: what its ground leaves room for, and most for the eyes it is for.
fn apart(theme: &str, vision: &str) -> f64 {
    match (theme, vision) {
        ("deuteranopia", "tritanopia") | ("tritanopia", "protanopia" | "deuteranopia") => 22.0,
        ("deuteranopia" | "tritanopia", _) => 45.0,
        ("nord" | "solarized", _) => 33.0,
        ("noc-light", _) => 32.0,
        _ => 34.0,
    }
}

/// What a terminal with fewer colours shows for the states of a theme.
fn shades(theme: &Theme, depth: ColorDepth) -> Vec<Kind> {
    let mut palette = Palette::new(depth);
    STATES.iter().map(|(text, _)| palette.shade(theme.style(*text).fg.expect("a colour")).kind()).collect()
}

/// Red, green and blue of an entry of xterm's table beyond the sixteen.
fn xterm(index: u8) -> Color {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        0..=15 => panic!("the operator's own"),
        16..=231 => Color::Rgb(level((index - 16) / 36), level((index - 16) / 6 % 6), level((index - 16) % 6)),
        232.. => Color::Rgb(8 + 10 * (index - 232), 8 + 10 * (index - 232), 8 + 10 * (index - 232)),
    }
}

#[test]
fn with_256_colours_states_stay_apart_for_any_colour_vision() {
    for theme in coloured() {
        let shown = shades(&theme, ColorDepth::Ansi256);
        for (vision, matrix) in &VISIONS {
            let seen = |kind: &Kind| match kind {
                Kind::Indexed(index) => lab(linear(xterm(*index)).expect("rgb"), matrix),
                other => panic!("{other:?}"),
            };
            for (at, a) in shown.iter().enumerate() {
                for (other, b) in shown.iter().enumerate().skip(at + 1) {
                    let apart = distance(seen(a), seen(b));
                    let (a, b) = (STATES[at].0.name(), STATES[other].0.name());
                    assert!(apart >= 17.0, "{}: {a} and {b} are {apart:.1} apart for {vision}", theme.name);
                }
            }
        }
    }
}

#[test]
fn with_16_colours_every_state_has_its_own_and_none_is_the_ground() {
    for name in names().into_iter().filter(|name| *name != "mono") {
        let theme = Theme::named(name).expect("embedded").with_few_colours();
        let shown = shades(&theme, ColorDepth::Ansi16);
        let ground = Palette::new(ColorDepth::Ansi16).shade(theme.style(Meaning::Text).bg.expect("a colour")).kind();
        for (at, shade) in shown.iter().enumerate() {
            let state = STATES[at].0.name();
            assert!(*shade != ground, "{name}: {state} is the ground");
            assert!(!shown[at + 1..].contains(shade), "{name}: {state} looks like another state");
        }
    }
}

#[test]
fn there_are_ten_and_files_and_names_agree() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("themes");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder of themes")
        .map(|entry| entry.expect("readable").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    files.sort();
    let mut known = names();
    known.sort_unstable();
    assert_eq!(known, files);
    assert_eq!(known.len(), 10);
}

#[test]
fn the_theme_without_hue_tells_states_apart_by_weight_and_line() {
    let theme = Theme::named("mono").expect("embedded");
    for meaning in Meaning::ALL {
        let style = theme.style(*meaning);
        assert!([style.fg, style.bg].iter().all(|colour| *colour == Some(Color::Reset)), "{}", meaning.name());
    }
    let looks: Vec<Modifier> = STATES.iter().map(|(_, tile)| theme.style(*tile).add_modifier).collect();
    for (at, look) in looks.iter().enumerate() {
        assert!(!looks[at + 1..].contains(look), "{:?} looks like another state", STATES[at].1);
    }
    assert!(theme.style(Meaning::TileCritical).add_modifier.contains(Modifier::REVERSED));
}
