//! The C interface of a module, and the only place of the crate where foreign code is called.
//! Everything goes in and comes out as owned Rust values; every length that a module answers is bounded before it is believed.
//! What the octets mean is the business of the rooms above.

#![expect(unsafe_code, reason = "PKCS#11 is an interface of C functions in a shared library")]

use std::path::Path;
use std::ptr;

use cryptoki_sys::*;
use libloading::Library;
use zeroize::Zeroize;

/// Most readers a module may list.
const MAX_SLOTS: usize = 64;
/// Most mechanisms a token may list.
const MAX_MECHANISMS: usize = 1024;
/// Most objects one search brings.
const MAX_OBJECTS: usize = 1024;
/// Longest attribute read: a certificate of a token, with room.
const MAX_ATTRIBUTE_OCTETS: usize = 64 * 1024;
/// Longest signature taken: RSA of 16,384 bits.
const MAX_SIGNATURE_OCTETS: usize = 2048;
/// Longest journal read.
const MAX_JOURNAL_OCTETS: usize = 64 * 1024;

/// A function answered something else than CKR_OK.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rv {
    /// The function.
    pub(crate) call: &'static str,
    /// What it answered.
    pub(crate) code: CK_RV,
}

/// An attribute on its way in: numbers and flags are already in the machine's octets.
#[derive(Clone)]
pub(crate) struct Attribute {
    kind: CK_ATTRIBUTE_TYPE,
    octets: Vec<u8>,
}

impl Attribute {
    pub(crate) fn number(kind: CK_ATTRIBUTE_TYPE, value: CK_ULONG) -> Self {
        Self { kind, octets: value.to_ne_bytes().to_vec() }
    }

    pub(crate) fn flag(kind: CK_ATTRIBUTE_TYPE, value: bool) -> Self {
        Self { kind, octets: vec![if value { CK_TRUE } else { CK_FALSE }] }
    }

    pub(crate) fn octets(kind: CK_ATTRIBUTE_TYPE, value: &[u8]) -> Self {
        Self { kind, octets: value.to_vec() }
    }
}

/// Reads a CK_ULONG attribute.
pub(crate) fn number_of(octets: &[u8]) -> Option<CK_ULONG> {
    Some(CK_ULONG::from_ne_bytes(octets.try_into().ok()?))
}

/// What `C_EX_GetTokenInfoExtended` of Rutoken's header answers: 256 octets on Linux, 164 on Windows.
#[cfg_attr(windows, repr(C, packed))]
#[cfg_attr(not(windows), repr(C))]
#[derive(Clone, Copy)]
pub(crate) struct TokenInfoExtended {
    size: CK_ULONG,
    pub(crate) token_type: CK_ULONG,
    pub(crate) protocol: CK_ULONG,
    pub(crate) microcode: CK_ULONG,
    pub(crate) order: CK_ULONG,
    pub(crate) flags: CK_FLAGS,
    max_admin_pin: CK_ULONG,
    min_admin_pin: CK_ULONG,
    max_user_pin: CK_ULONG,
    min_user_pin: CK_ULONG,
    pub(crate) admin_attempts: CK_ULONG,
    pub(crate) admin_attempts_left: CK_ULONG,
    pub(crate) user_attempts: CK_ULONG,
    pub(crate) user_attempts_left: CK_ULONG,
    pub(crate) serial: [u8; 8],
    pub(crate) total_memory: CK_ULONG,
    pub(crate) free_memory: CK_ULONG,
    atr: [u8; 64],
    atr_octets: CK_ULONG,
    pub(crate) token_class: CK_ULONG,
    battery_voltage: CK_ULONG,
    body_color: CK_ULONG,
    firmware_checksum: CK_ULONG,
    battery_percentage: CK_ULONG,
    battery_flags: CK_ULONG,
}

/// The octets of `CK_TOKEN_INFO_EXTENDED` that every header has had: up to the free memory.
const _: () =
    assert!(size_of::<TokenInfoExtended>() == if cfg!(windows) { 164 } else { 256 } || size_of::<CK_ULONG>() != 8);

/// `CK_FUNCTION_LIST_EXTENDED`: a version and pointers in the header's order, of which the first 25 are read.
#[cfg_attr(windows, repr(C, packed))]
#[cfg_attr(not(windows), repr(C))]
#[derive(Clone, Copy)]
struct ExtendedList {
    version: CK_VERSION,
    functions: [Option<unsafe extern "C" fn() -> CK_RV>; 25],
}

/// Places in [`ExtendedList`].
const EX_TOKEN_INFO: usize = 2;
const EX_UNBLOCK_USER_PIN: usize = 3;
const EX_GET_JOURNAL: usize = 21;
const EX_SLOT_MANAGE: usize = 24;
/// `MODE_GET_PIN_SET_TO_BE_CHANGED`.
const MODE_PIN_TO_BE_CHANGED: CK_ULONG = 0x07;

type GetExtendedList = unsafe extern "C" fn(*mut *mut ExtendedList) -> CK_RV;
type ExTokenInfo = unsafe extern "C" fn(CK_SLOT_ID, *mut TokenInfoExtended) -> CK_RV;
type ExUnblock = unsafe extern "C" fn(CK_SESSION_HANDLE) -> CK_RV;
type ExJournal = unsafe extern "C" fn(CK_SLOT_ID, *mut CK_BYTE, *mut CK_ULONG) -> CK_RV;
type ExSlotManage = unsafe extern "C" fn(CK_SLOT_ID, CK_ULONG, *mut std::ffi::c_void) -> CK_RV;

/// Runs before a call, with its name: the tests' hand on the plug.
#[cfg(debug_assertions)]
pub(crate) type Hook = Box<dyn Fn(&'static str) + Send + Sync>;

/// A loaded module.
pub(crate) struct Raw {
    list: CK_FUNCTION_LIST,
    extended: Option<ExtendedList>,
    #[cfg(debug_assertions)]
    hook: std::sync::RwLock<Option<std::sync::Arc<Hook>>>,
    /// Never unloaded: modules leave threads and handlers behind that would run into nothing.
    _library: std::mem::ManuallyDrop<Library>,
}

/// Calls a function of the list; `$self.list` is packed on Windows, hence the copy.
macro_rules! call {
    ($self:ident, $name:ident($($argument:expr),* $(,)?)) => {{
        let function = { $self.list.$name };
        match function {
            // SAFETY: the pointer comes from the module's own table; every argument points to memory that outlives the call and is as long as said.
            Some(function) => {
                $self.step(stringify!($name));
                checked(stringify!($name), unsafe { function($($argument),*) })
            }
            None => Err(Rv { call: stringify!($name), code: CKR_FUNCTION_NOT_SUPPORTED }),
        }
    }};
}

impl Raw {
    /// Loads a library whose path has been judged already.
    pub(crate) fn load(path: &Path) -> Result<Self, String> {
        // SAFETY: initialisers of the library run here; that it is the installed one and nobody else's is checked before (trust.rs).
        let library = unsafe { Library::new(path) }.map_err(|error| error.to_string())?;
        let mut list: *mut CK_FUNCTION_LIST = ptr::null_mut();
        {
            // SAFETY: the type is that of the standard.
            let get = unsafe {
                library.get::<unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV>(b"C_GetFunctionList\0")
            }
            .map_err(|_| "no C_GetFunctionList: not a PKCS#11 module".to_owned())?;
            // SAFETY: it writes one pointer.
            let rv = unsafe { get(&raw mut list) };
            if rv != CKR_OK || list.is_null() {
                return Err(format!("C_GetFunctionList answered {rv:#x}"));
            }
        }
        // SAFETY: the module answered CKR_OK and a table that is static in it.
        let list = unsafe { ptr::read_unaligned(list) };
        let extended = Self::extended_list(&library);
        Ok(Self {
            list,
            extended,
            #[cfg(debug_assertions)]
            hook: std::sync::RwLock::new(None),
            _library: std::mem::ManuallyDrop::new(library),
        })
    }

    fn extended_list(library: &Library) -> Option<ExtendedList> {
        // SAFETY: the type is that of Rutoken's header; the symbol's name is that vendor's.
        let get = unsafe { library.get::<GetExtendedList>(b"C_EX_GetFunctionListExtended\0") }.ok()?;
        let mut list: *mut ExtendedList = ptr::null_mut();
        // SAFETY: it writes one pointer to a table that is static in the module and longer than what is read of it.
        unsafe {
            if get(&raw mut list) != CKR_OK || list.is_null() {
                return None;
            }
            Some(ptr::read_unaligned(list))
        }
    }

    fn extended(&self, place: usize, name: &'static str) -> Result<unsafe extern "C" fn() -> CK_RV, Rv> {
        self.step(name);
        let functions = self.extended.map(|list| list.functions);
        functions.and_then(|functions| functions[place]).ok_or(Rv { call: name, code: CKR_FUNCTION_NOT_SUPPORTED })
    }

    pub(crate) fn has_extension(&self) -> bool {
        self.extended.is_some()
    }

    #[cfg(debug_assertions)]
    pub(crate) fn set_hook(&self, hook: Option<Hook>) {
        *self.hook.write().unwrap_or_else(std::sync::PoisonError::into_inner) = hook.map(std::sync::Arc::new);
    }

    #[cfg(debug_assertions)]
    fn step(&self, name: &'static str) {
        let hook = self.hook.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        if let Some(hook) = hook {
            hook(name);
        }
    }

    #[cfg(not(debug_assertions))]
    #[inline(always)]
    fn step(&self, _name: &'static str) {}

    /// With the locks of the operating system; `threads` false: for a module that knows none.
    pub(crate) fn initialize(&self, threads: bool) -> Result<(), Rv> {
        let mut arguments = CK_C_INITIALIZE_ARGS { flags: CKF_OS_LOCKING_OK, ..CK_C_INITIALIZE_ARGS::default() };
        let arguments = if threads { (&raw mut arguments).cast() } else { ptr::null_mut() };
        call!(self, C_Initialize(arguments))
    }

    pub(crate) fn finalize(&self) -> Result<(), Rv> {
        call!(self, C_Finalize(ptr::null_mut()))
    }

    pub(crate) fn info(&self) -> Result<CK_INFO, Rv> {
        let mut info = CK_INFO::default();
        call!(self, C_GetInfo(&raw mut info))?;
        Ok(info)
    }

    pub(crate) fn slots(&self, with_token: bool) -> Result<Vec<CK_SLOT_ID>, Rv> {
        let present = if with_token { CK_TRUE } else { CK_FALSE };
        // The first call also makes a module look for readers that came or went.
        let mut count: CK_ULONG = 0;
        call!(self, C_GetSlotList(present, ptr::null_mut(), &raw mut count))?;
        // A token may be plugged between the two calls.
        for _ in 0..3 {
            let mut slots = vec![0; (count as usize + 4).min(MAX_SLOTS)];
            count = slots.len() as CK_ULONG;
            match call!(self, C_GetSlotList(present, slots.as_mut_ptr(), &raw mut count)) {
                Ok(()) => {
                    slots.truncate(count as usize);
                    return Ok(slots);
                }
                Err(rv) if rv.code == CKR_BUFFER_TOO_SMALL => {}
                Err(rv) => return Err(rv),
            }
        }
        Err(Rv { call: "C_GetSlotList", code: CKR_BUFFER_TOO_SMALL })
    }

    pub(crate) fn slot_info(&self, slot: CK_SLOT_ID) -> Result<CK_SLOT_INFO, Rv> {
        let mut info = CK_SLOT_INFO::default();
        call!(self, C_GetSlotInfo(slot, &raw mut info))?;
        Ok(info)
    }

    pub(crate) fn token_info(&self, slot: CK_SLOT_ID) -> Result<CK_TOKEN_INFO, Rv> {
        let mut info = CK_TOKEN_INFO::default();
        call!(self, C_GetTokenInfo(slot, &raw mut info))?;
        Ok(info)
    }

    pub(crate) fn mechanisms(&self, slot: CK_SLOT_ID) -> Result<Vec<CK_MECHANISM_TYPE>, Rv> {
        let mut count: CK_ULONG = 0;
        call!(self, C_GetMechanismList(slot, ptr::null_mut(), &raw mut count))?;
        let mut list = vec![0; (count as usize).min(MAX_MECHANISMS)];
        count = list.len() as CK_ULONG;
        call!(self, C_GetMechanismList(slot, list.as_mut_ptr(), &raw mut count))?;
        list.truncate(count as usize);
        Ok(list)
    }

    pub(crate) fn open_session(&self, slot: CK_SLOT_ID, writing: bool) -> Result<CK_SESSION_HANDLE, Rv> {
        let flags = CKF_SERIAL_SESSION | if writing { CKF_RW_SESSION } else { 0 };
        let mut session = CK_INVALID_HANDLE;
        call!(self, C_OpenSession(slot, flags, ptr::null_mut(), None, &raw mut session))?;
        Ok(session)
    }

    pub(crate) fn close_session(&self, session: CK_SESSION_HANDLE) -> Result<(), Rv> {
        call!(self, C_CloseSession(session))
    }

    /// Whether the session is still one.
    pub(crate) fn session_info(&self, session: CK_SESSION_HANDLE) -> Result<(), Rv> {
        let mut info = CK_SESSION_INFO::default();
        call!(self, C_GetSessionInfo(session, &raw mut info))
    }

    pub(crate) fn login(&self, session: CK_SESSION_HANDLE, who: CK_USER_TYPE, pin: &[u8]) -> Result<(), Rv> {
        let mut pin = zeroize::Zeroizing::new(pin.to_vec());
        call!(self, C_Login(session, who, pin.as_mut_ptr(), pin.len() as CK_ULONG))
    }

    pub(crate) fn logout(&self, session: CK_SESSION_HANDLE) -> Result<(), Rv> {
        call!(self, C_Logout(session))
    }

    pub(crate) fn init_pin(&self, session: CK_SESSION_HANDLE, pin: &[u8]) -> Result<(), Rv> {
        let mut pin = zeroize::Zeroizing::new(pin.to_vec());
        call!(self, C_InitPIN(session, pin.as_mut_ptr(), pin.len() as CK_ULONG))
    }

    pub(crate) fn set_pin(&self, session: CK_SESSION_HANDLE, old: &[u8], new: &[u8]) -> Result<(), Rv> {
        let mut old = zeroize::Zeroizing::new(old.to_vec());
        let mut new = zeroize::Zeroizing::new(new.to_vec());
        let (old_octets, new_octets) = (old.len() as CK_ULONG, new.len() as CK_ULONG);
        call!(self, C_SetPIN(session, old.as_mut_ptr(), old_octets, new.as_mut_ptr(), new_octets))
    }

    pub(crate) fn find(&self, session: CK_SESSION_HANDLE, template: &[Attribute]) -> Result<Vec<CK_OBJECT_HANDLE>, Rv> {
        let mut template = template.to_vec();
        let mut attributes = pointers(&mut template);
        call!(self, C_FindObjectsInit(session, attributes.as_mut_ptr(), attributes.len() as CK_ULONG))?;
        let found = self.found(session);
        let ended = call!(self, C_FindObjectsFinal(session));
        let found = found?;
        ended?;
        Ok(found)
    }

    fn found(&self, session: CK_SESSION_HANDLE) -> Result<Vec<CK_OBJECT_HANDLE>, Rv> {
        let mut all = Vec::new();
        while all.len() < MAX_OBJECTS {
            let mut some = [CK_INVALID_HANDLE; 32];
            let mut count: CK_ULONG = 0;
            call!(self, C_FindObjects(session, some.as_mut_ptr(), some.len() as CK_ULONG, &raw mut count))?;
            let count = (count as usize).min(some.len());
            if count == 0 {
                break;
            }
            all.extend_from_slice(&some[..count]);
        }
        Ok(all)
    }

    /// The attributes in the order asked for; `None` where the object has none or does not show it.
    pub(crate) fn attributes(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kinds: &[CK_ATTRIBUTE_TYPE],
    ) -> Result<Vec<Option<Vec<u8>>>, Rv> {
        let absent = |rv: &Rv| matches!(rv.code, CKR_ATTRIBUTE_TYPE_INVALID | CKR_ATTRIBUTE_SENSITIVE);
        let mut asked: Vec<CK_ATTRIBUTE> =
            kinds.iter().map(|kind| CK_ATTRIBUTE { type_: *kind, pValue: ptr::null_mut(), ulValueLen: 0 }).collect();
        let lengths = call!(self, C_GetAttributeValue(session, object, asked.as_mut_ptr(), asked.len() as CK_ULONG));
        if let Err(rv) = lengths
            && !absent(&rv)
        {
            return Err(rv);
        }
        let mut values: Vec<Option<Vec<u8>>> = asked
            .iter()
            .map(|attribute| {
                let octets = attribute.ulValueLen;
                // An attribute that is not there has the length CK_UNAVAILABLE_INFORMATION, far beyond the bound.
                (octets as usize <= MAX_ATTRIBUTE_OCTETS).then(|| vec![0; octets as usize])
            })
            .collect();
        // A second look at those that are there, each alone: some modules stop at the first one that is not.
        for (kind, value) in kinds.iter().zip(&mut values) {
            let Some(octets) = value else { continue };
            let mut attribute =
                CK_ATTRIBUTE { type_: *kind, pValue: octets.as_mut_ptr().cast(), ulValueLen: octets.len() as CK_ULONG };
            match call!(self, C_GetAttributeValue(session, object, &raw mut attribute, 1)) {
                Ok(()) => {
                    let length = attribute.ulValueLen as usize;
                    octets.truncate(length);
                }
                Err(rv) if absent(&rv) => *value = None,
                Err(rv) => return Err(rv),
            }
        }
        Ok(values)
    }

    pub(crate) fn set_attribute(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        attribute: Attribute,
    ) -> Result<(), Rv> {
        let mut template = [attribute];
        let mut attributes = pointers(&mut template);
        call!(self, C_SetAttributeValue(session, object, attributes.as_mut_ptr(), 1))
    }

    pub(crate) fn create_object(
        &self,
        session: CK_SESSION_HANDLE,
        template: &[Attribute],
    ) -> Result<CK_OBJECT_HANDLE, Rv> {
        let mut template = template.to_vec();
        let mut attributes = pointers(&mut template);
        let mut object = CK_INVALID_HANDLE;
        call!(self, C_CreateObject(session, attributes.as_mut_ptr(), attributes.len() as CK_ULONG, &raw mut object))?;
        Ok(object)
    }

    pub(crate) fn destroy_object(&self, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> Result<(), Rv> {
        call!(self, C_DestroyObject(session, object))
    }

    /// The handles of the public and of the private half.
    pub(crate) fn generate_key_pair(
        &self,
        session: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        public: &[Attribute],
        private: &[Attribute],
    ) -> Result<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE), Rv> {
        let mut mechanism = bare(mechanism);
        let (mut public, mut private) = (public.to_vec(), private.to_vec());
        let (mut public, mut private) = (pointers(&mut public), pointers(&mut private));
        let (mut public_key, mut private_key) = (CK_INVALID_HANDLE, CK_INVALID_HANDLE);
        call!(
            self,
            C_GenerateKeyPair(
                session,
                &raw mut mechanism,
                public.as_mut_ptr(),
                public.len() as CK_ULONG,
                private.as_mut_ptr(),
                private.len() as CK_ULONG,
                &raw mut public_key,
                &raw mut private_key,
            )
        )?;
        Ok((public_key, private_key))
    }

    /// Signs in one part with a mechanism that has no parameter.
    pub(crate) fn sign(
        &self,
        session: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
        data: &[u8],
    ) -> Result<Vec<u8>, Rv> {
        let mut mechanism = bare(mechanism);
        call!(self, C_SignInit(session, &raw mut mechanism, key))?;
        let mut data = data.to_vec();
        let mut signature = vec![0; MAX_SIGNATURE_OCTETS];
        let mut octets = signature.len() as CK_ULONG;
        call!(
            self,
            C_Sign(session, data.as_mut_ptr(), data.len() as CK_ULONG, signature.as_mut_ptr(), &raw mut octets)
        )?;
        signature.truncate(octets as usize);
        Ok(signature)
    }

    pub(crate) fn token_info_extended(&self, slot: CK_SLOT_ID) -> Result<TokenInfoExtended, Rv> {
        const NAME: &str = "C_EX_GetTokenInfoExtended";
        let function = self.extended(EX_TOKEN_INFO, NAME)?;
        // SAFETY: all octets zero is a value of this structure of numbers; the place in the vendor's table has this type.
        unsafe {
            let function: ExTokenInfo = std::mem::transmute(function);
            let mut info: TokenInfoExtended = std::mem::zeroed();
            info.size = size_of::<TokenInfoExtended>() as CK_ULONG;
            checked(NAME, function(slot, &raw mut info))?;
            Ok(info)
        }
    }

    /// The session must be the administrator's.
    pub(crate) fn unblock_user_pin(&self, session: CK_SESSION_HANDLE) -> Result<(), Rv> {
        const NAME: &str = "C_EX_UnblockUserPIN";
        let function = self.extended(EX_UNBLOCK_USER_PIN, NAME)?;
        // SAFETY: the place in the vendor's table has this type.
        unsafe {
            let function: ExUnblock = std::mem::transmute(function);
            checked(NAME, function(session))
        }
    }

    /// Whether the user's PIN must be changed before anything else.
    pub(crate) fn pin_must_be_changed(&self, slot: CK_SLOT_ID) -> Result<bool, Rv> {
        const NAME: &str = "C_EX_SlotManage";
        let function = self.extended(EX_SLOT_MANAGE, NAME)?;
        // The mode wants to be told whose PIN.
        let mut whose: CK_ULONG = CKU_USER;
        // SAFETY: the place in the vendor's table has this type, and the value of this mode is one CK_ULONG.
        let answer = unsafe {
            let function: ExSlotManage = std::mem::transmute(function);
            checked(NAME, function(slot, MODE_PIN_TO_BE_CHANGED, (&raw mut whose).cast()))
        };
        match answer {
            Ok(()) => Ok(false),
            Err(rv) if rv.code == CKR_PIN_EXPIRED => Ok(true),
            Err(rv) => Err(rv),
        }
    }

    /// The record of the last operation, which some models keep and sign.
    pub(crate) fn journal(&self, slot: CK_SLOT_ID) -> Result<Vec<u8>, Rv> {
        const NAME: &str = "C_EX_GetJournal";
        let function = self.extended(EX_GET_JOURNAL, NAME)?;
        let mut octets: CK_ULONG = 0;
        // SAFETY: the place in the vendor's table has this type; asked without a buffer it answers the length, then fills one of that length.
        unsafe {
            let function: ExJournal = std::mem::transmute(function);
            checked(NAME, function(slot, ptr::null_mut(), &raw mut octets))?;
            let mut journal = vec![0; (octets as usize).min(MAX_JOURNAL_OCTETS)];
            octets = journal.len() as CK_ULONG;
            checked(NAME, function(slot, journal.as_mut_ptr(), &raw mut octets))?;
            journal.truncate(octets as usize);
            Ok(journal)
        }
    }
}

fn checked(call: &'static str, code: CK_RV) -> Result<(), Rv> {
    if code == CKR_OK { Ok(()) } else { Err(Rv { call, code }) }
}

fn bare(mechanism: CK_MECHANISM_TYPE) -> CK_MECHANISM {
    CK_MECHANISM { mechanism, pParameter: ptr::null_mut(), ulParameterLen: 0 }
}

/// Pointers into the attributes: good as long as these are neither moved nor dropped.
fn pointers(template: &mut [Attribute]) -> Vec<CK_ATTRIBUTE> {
    template
        .iter_mut()
        .map(|attribute| CK_ATTRIBUTE {
            type_: attribute.kind,
            pValue: attribute.octets.as_mut_ptr().cast(),
            ulValueLen: attribute.octets.len() as CK_ULONG,
        })
        .collect()
}

impl Drop for Attribute {
    fn drop(&mut self) {
        self.octets.zeroize();
    }
}
