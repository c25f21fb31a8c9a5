//! The chart of docs/performance.md.

use plotters::prelude::*;

/// Draws horizontal bars of milliseconds, one per row, each made of named stages; returns the SVG.
///
/// # Panics
/// Never with finite numbers.
pub fn chart(title: &str, stages: &[&str], rows: &[(String, Vec<f64>)]) -> String {
    const COLOURS: [RGBColor; 5] = [
        RGBColor(148, 148, 148),
        RGBColor(44, 110, 170),
        RGBColor(214, 130, 40),
        RGBColor(80, 150, 90),
        RGBColor(150, 90, 150),
    ];
    let most = rows.iter().map(|(_, parts)| parts.iter().sum::<f64>());
    let most = most.fold(1.0, f64::max) * 1.05;
    let mut svg = String::new();
    {
        let height = 120 + 44 * rows.len() as u32;
        let root = SVGBackend::with_string(&mut svg, (860, height)).into_drawing_area();
        root.fill(&WHITE).expect("a string takes it");
        let mut chart = ChartBuilder::on(&root)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(190)
            .build_cartesian_2d(0.0..most, 0.0..rows.len() as f64)
            .expect("the areas fit");
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .x_desc("ms, emulated")
            .draw()
            .expect("a string takes it");
        for (stage, name) in stages.iter().enumerate() {
            let colour = COLOURS[stage % COLOURS.len()];
            let bars = rows.iter().enumerate().map(|(row, (_, parts))| {
                let from: f64 = parts[..stage].iter().sum();
                let y = (rows.len() - 1 - row) as f64;
                Rectangle::new(
                    [(from, y + 0.15), (from + parts[stage], y + 0.85)],
                    colour.filled(),
                )
            });
            chart
                .draw_series(bars)
                .expect("a string takes it")
                .label(*name)
                .legend(move |(x, y)| {
                    Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled())
                });
        }
        for (row, (name, _)) in rows.iter().enumerate() {
            let y = (rows.len() - 1 - row) as f64 + 0.5;
            let (_, pixel) = chart.backend_coord(&(0.0, y));
            root.draw_text(
                name,
                &("sans-serif", 13).into_text_style(&root),
                (12, pixel - 7),
            )
            .expect("a string takes it");
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.8))
            .draw()
            .expect("a string takes it");
        root.present().expect("a string takes it");
    }
    svg
}
