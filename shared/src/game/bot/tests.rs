//! Each behaviour alone, and what a mind is made of.
