//! Paints a draw list with WebGL2: one vertex buffer, one index buffer, one draw call.
//!
//! Colours are premultiplied, so a single blend function covers and adds. The list's falloff coordinate becomes
//! strength in the fragment shader. The browser may take the context away at any time; it is rebuilt when it is back.

use crate::page::{Page, listen};
use js_sys::{Object, Reflect, Uint32Array};
use perigee_shared::presentation::{CRISP, DrawList, FreeArea, MAX_VERTICES, VERTEX_WORDS, Viewport};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{
    Event, HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlProgram, WebGlShader, WebGlUniformLocation,
};

/// More pixels than this per CSS pixel are not seen, but cost.
const MAX_PIXEL_RATIO: f64 = 2.0;
const VERTEX_BYTES: i32 = VERTEX_WORDS as i32 * 4;
/// Indices are at most three for each corner of a fan and six for each pair of a line: never more than this.
const MAX_INDICES: u32 = 6 * MAX_VERTICES as u32;
/// Behind everything: #070b14.
const BACKGROUND: [f32; 3] = [7.0 / 255.0, 11.0 / 255.0, 20.0 / 255.0];

const VERTEX_SHADER: &str = "#version 300 es
layout(location = 0) in vec2 position;
layout(location = 1) in vec2 falloff;
layout(location = 2) in vec4 color;
uniform vec2 centre;
uniform vec2 scale;
out vec2 v_falloff;
out vec4 v_color;
void main() {
    v_falloff = falloff;
    v_color = color;
    gl_Position = vec4((position - centre) * scale, 0.0, 1.0);
}";

/// `CRISP` stands for the value in the draw list. The grain hides the steps of dark gradients.
const FRAGMENT_SHADER: &str = "#version 300 es
precision highp float;
in vec2 v_falloff;
in vec4 v_color;
out vec4 color;
void main() {
    float crisp = clamp((1.0 - abs(v_falloff.y)) / max(fwidth(v_falloff.y), 1e-5), 0.0, 1.0);
    float soft = max(1.0 - length(v_falloff), 0.0);
    float strength = v_falloff.x > CRISP - 0.5 ? crisp : soft * soft;
    float grain = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715)))) - 0.5;
    color = max(v_color * strength + grain * (1.0 / 255.0) * step(0.0001, strength), 0.0);
    color.a = v_color.a * strength;
}";

/// What lives in the context and dies with it.
#[derive(Debug)]
struct Resources {
    centre: WebGlUniformLocation,
    scale: WebGlUniformLocation,
}

/// A canvas that shows draw lists.
#[derive(Debug)]
pub(crate) struct Renderer {
    canvas: HtmlCanvasElement,
    gl: Gl,
    resources: Option<Resources>,
    /// Copies that the browser can hand to the GPU; as large as the largest list.
    vertices: Uint32Array,
    indices: Uint32Array,
    /// Set by the browser's events: the context is gone.
    lost: Rc<Cell<bool>>,
    /// Since when nothing can be painted.
    gone_at_us: Option<u64>,
    /// What the canvas was fitted to.
    fitted: Option<Place>,
}

/// The canvas's place in the page: its size in CSS pixels, and pixels for each of those.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    width_css: i32,
    height_css: i32,
    ratio: f64,
}

impl Renderer {
    /// A renderer for the canvas, or why there can be none.
    pub(crate) fn new(canvas: HtmlCanvasElement) -> Result<Self, JsValue> {
        let options = context_options()?;
        let gl: Gl = canvas
            .get_context_with_context_options("webgl2", &options)?
            .ok_or("This browser does not offer WebGL2, which the game is drawn with. Try another browser, or turn hardware acceleration on.")?
            .unchecked_into();
        let resources = Some(build(&gl)?);
        let lost = Rc::new(Cell::new(false));
        watch(&canvas, &lost)?;
        Ok(Self {
            canvas,
            gl,
            resources,
            vertices: Uint32Array::new_with_length((MAX_VERTICES * VERTEX_WORDS) as u32),
            indices: Uint32Array::new_with_length(MAX_INDICES),
            lost,
            gone_at_us: None,
            fitted: None,
        })
    }

    /// Fits the canvas to its place in the page and to the display if either has changed, and says what shape it has. A
    /// window that moves to another display, and a zoom on some systems, change without an event: so it is looked at in
    /// each frame.
    pub(crate) fn fit(&mut self, page: &Page) -> Viewport {
        let ratio = page.window.device_pixel_ratio().clamp(0.5, MAX_PIXEL_RATIO);
        let (width_css, height_css) = (self.canvas.client_width(), self.canvas.client_height());
        let place = Place { width_css, height_css, ratio };
        if self.fitted.replace(place) != Some(place) {
            let pixels = |css: i32| ((f64::from(css) * ratio).round() as u32).max(1);
            self.canvas.set_width(pixels(width_css));
            self.canvas.set_height(pixels(height_css));
        }
        let (width, height) = (self.canvas.width() as f32, self.canvas.height() as f32);
        Viewport { aspect: width / height, height_px: height, free: FreeArea::WHOLE }
    }

    /// How long nothing could be painted, microseconds.
    pub(crate) fn gone_us(&self, now_us: u64) -> u64 {
        self.gone_at_us.map_or(0, |since_us| now_us.saturating_sub(since_us))
    }

    /// Shows the list. While there is no context, nothing is drawn.
    pub(crate) fn paint(&mut self, page: &Page, list: &DrawList, viewport: Viewport) -> Result<(), JsValue> {
        if self.lost.get() || self.gl.is_context_lost() {
            self.resources = None;
        } else if self.resources.is_none() {
            self.resources = build(&self.gl).ok();
        }
        if self.resources.is_none() {
            self.gone_at_us.get_or_insert(page.now_us());
            return Ok(());
        }
        self.gone_at_us = None;
        let Some(resources) = &self.resources else { return Ok(()) };
        let gl = &self.gl;
        gl.viewport(0, 0, self.canvas.width() as i32, self.canvas.height() as i32);
        gl.clear(Gl::COLOR_BUFFER_BIT);
        let camera = list.camera;
        let scale_y = 1.0 / camera.half_height_units;
        gl.uniform2f(Some(&resources.centre), camera.centre.x, camera.centre.y);
        gl.uniform2f(Some(&resources.scale), scale_y / viewport.aspect, scale_y);
        self.upload(list);
        gl.draw_elements_with_i32(Gl::TRIANGLES, list.indices().len() as i32, Gl::UNSIGNED_INT, 0);
        Ok(())
    }

    fn upload(&self, list: &DrawList) {
        let words = list.vertex_words();
        let vertices = self.vertices.subarray(0, words.len() as u32);
        vertices.copy_from(words);
        // New storage for each frame: the GPU may still read the last one's.
        self.gl.buffer_data_with_array_buffer_view(Gl::ARRAY_BUFFER, &vertices, Gl::STREAM_DRAW);
        let indices = self.indices.subarray(0, list.indices().len() as u32);
        indices.copy_from(list.indices());
        self.gl.buffer_data_with_array_buffer_view(Gl::ELEMENT_ARRAY_BUFFER, &indices, Gl::STREAM_DRAW);
    }
}

fn context_options() -> Result<Object, JsValue> {
    let options = Object::new();
    // Edges are smoothed by the shader; depth and stencil are not used.
    for (key, value) in [("antialias", false), ("alpha", false), ("depth", false), ("stencil", false)] {
        Reflect::set(&options, &key.into(), &value.into())?;
    }
    Ok(options)
}

/// Notes the browser's events about the context.
fn watch(canvas: &HtmlCanvasElement, lost: &Rc<Cell<bool>>) -> Result<(), JsValue> {
    let flag = Rc::clone(lost);
    listen(canvas, "webglcontextlost", move |event: Event| {
        // Asks the browser to give the context back.
        event.prevent_default();
        flag.set(true);
    })?;
    let flag = Rc::clone(lost);
    listen(canvas, "webglcontextrestored", move |_: Event| flag.set(false))
}

/// Makes program, buffers and state; everything stays bound, because there is only one of each.
fn build(gl: &Gl) -> Result<Resources, JsValue> {
    let program = link(gl)?;
    gl.use_program(Some(&program));
    gl.bind_vertex_array(gl.create_vertex_array().as_ref());
    gl.bind_buffer(Gl::ARRAY_BUFFER, gl.create_buffer().as_ref());
    gl.bind_buffer(Gl::ELEMENT_ARRAY_BUFFER, gl.create_buffer().as_ref());
    for (location, size, kind, normalized, offset) in
        [(0, 2, Gl::FLOAT, false, 0), (1, 2, Gl::FLOAT, false, 8), (2, 4, Gl::UNSIGNED_BYTE, true, 16)]
    {
        gl.enable_vertex_attrib_array(location);
        gl.vertex_attrib_pointer_with_i32(location, size, kind, normalized, VERTEX_BYTES, offset);
    }
    gl.enable(Gl::BLEND);
    gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
    let [red, green, blue] = BACKGROUND;
    gl.clear_color(red, green, blue, 1.0);
    let uniform =
        |name: &str| gl.get_uniform_location(&program, name).ok_or_else(|| format!("no uniform {name}"));
    Ok(Resources { centre: uniform("centre")?, scale: uniform("scale")? })
}

fn link(gl: &Gl) -> Result<WebGlProgram, JsValue> {
    let program = gl.create_program().ok_or("WebGL2 gave no program")?;
    let fragment = FRAGMENT_SHADER.replace("CRISP", &format!("{CRISP:?}"));
    gl.attach_shader(&program, &compile(gl, Gl::VERTEX_SHADER, VERTEX_SHADER)?);
    gl.attach_shader(&program, &compile(gl, Gl::FRAGMENT_SHADER, &fragment)?);
    gl.link_program(&program);
    if gl.get_program_parameter(&program, Gl::LINK_STATUS).is_truthy() {
        return Ok(program);
    }
    Err(format!("The shaders do not link: {}", gl.get_program_info_log(&program).unwrap_or_default()).into())
}

fn compile(gl: &Gl, kind: u32, source: &str) -> Result<WebGlShader, JsValue> {
    let shader = gl.create_shader(kind).ok_or("WebGL2 gave no shader")?;
    gl.shader_source(&shader, source);
    gl.compile_shader(&shader);
    if gl.get_shader_parameter(&shader, Gl::COMPILE_STATUS).is_truthy() {
        return Ok(shader);
    }
    Err(format!("A shader does not compile: {}", gl.get_shader_info_log(&shader).unwrap_or_default()).into())
}
