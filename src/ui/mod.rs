//! stub
pub mod format;
use std::path::Path;
#[derive(Clone,Copy)] pub struct Page;
impl Page { pub const ALL:[Page;1]=[Page]; pub fn id(self)->&'static str{"x"} pub fn parse(_:&str)->Option<Page>{None} }
pub fn open_window(_:&Path)->Result<(),String>{Ok(())}
pub fn write_pictures(_:&Path,_:&Path)->Result<usize,String>{Ok(0)}
pub fn write_picture(_:&Path,_:Page,_:[u32;2],_:bool,_:&Path)->Result<(),String>{Ok(())}
