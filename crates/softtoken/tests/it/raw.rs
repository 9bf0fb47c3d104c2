//! The module loaded into this process, as any C program loads it. One test at a time: the library is one for the whole process.
#![expect(unsafe_code, reason = "a C library is loaded and called")]

use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use cryptoki_sys::*;
use libloading::Library;
use surguch_softtoken::abi::CK_FUNCTION_LIST_EXTENDED;
use surguch_softtoken::numbers::CK_TOKEN_INFO_EXTENDED;

use crate::cards::module;

pub(crate) type Template<'a> = [(CK_ATTRIBUTE_TYPE, &'a [u8])];

pub(crate) const YES: &[u8] = &[CK_TRUE];
pub(crate) const NO: &[u8] = &[CK_FALSE];

struct Loaded {
    _library: Library,
    list: &'static CK_FUNCTION_LIST,
    extended: &'static CK_FUNCTION_LIST_EXTENDED,
    folder: PathBuf,
}

/// The module with a folder of its own, emptied for each test.
pub(crate) struct Token {
    loaded: &'static Loaded,
    _alone: MutexGuard<'static, ()>,
}

/// In memory where there is such a place: thousands of writes are flushed here.
fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    parent.join(format!("surguch-softtoken-{}", std::process::id()))
}

fn loaded() -> &'static Loaded {
    static LOADED: OnceLock<Loaded> = OnceLock::new();
    LOADED.get_or_init(|| {
        let folder = folder();
        // SAFETY: done once, before the module looks; the other tests of this binary name the folder to their children only.
        unsafe { std::env::set_var("SURGUCH_SOFTTOKEN_DIR", &folder) };
        // SAFETY: our own module; it stays loaded to the end of the process.
        unsafe {
            let library = Library::new(module()).unwrap();
            let mut list = ptr::null_mut();
            let get =
                library.get::<unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV>(b"C_GetFunctionList").unwrap();
            assert_eq!(get(&raw mut list), CKR_OK);
            let mut extended = ptr::null_mut();
            let get = library
                .get::<unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST_EXTENDED) -> CK_RV>(
                    b"C_EX_GetFunctionListExtended",
                )
                .unwrap();
            assert_eq!(get(&raw mut extended), CKR_OK);
            let extended = &*extended;
            Loaded { list: &*list, extended, _library: library, folder }
        }
    })
}

impl Drop for Token {
    fn drop(&mut self) {
        // SAFETY: nothing is passed.
        unsafe { self.list().C_Finalize.unwrap()(ptr::null_mut()) };
        let _ = std::fs::remove_dir_all(&self.loaded.folder);
    }
}

fn answer(code: CK_RV) -> Result<(), CK_RV> {
    if code == CKR_OK { Ok(()) } else { Err(code) }
}

fn attributes(template: &Template<'_>) -> Vec<CK_ATTRIBUTE> {
    template
        .iter()
        .map(|(kind, value)| CK_ATTRIBUTE {
            type_: *kind,
            pValue: value.as_ptr().cast_mut().cast(),
            ulValueLen: value.len() as CK_ULONG,
        })
        .collect()
}

pub(crate) fn mechanism(number: CK_MECHANISM_TYPE) -> CK_MECHANISM {
    CK_MECHANISM { mechanism: number, pParameter: ptr::null_mut(), ulParameterLen: 0 }
}

impl Token {
    /// A library that is loaded and not initialised.
    pub(crate) fn asleep() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = loaded();
        let _ = std::fs::remove_dir_all(&loaded.folder);
        Self { loaded, _alone: alone }
    }

    pub(crate) fn fresh() -> Self {
        let token = Self::asleep();
        token.initialize().unwrap();
        token
    }

    pub(crate) fn list(&self) -> &'static CK_FUNCTION_LIST {
        self.loaded.list
    }

    pub(crate) fn extended(&self) -> &'static CK_FUNCTION_LIST_EXTENDED {
        self.loaded.extended
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.loaded.folder
    }

    pub(crate) fn initialize(&self) -> Result<(), CK_RV> {
        // SAFETY: null is allowed.
        answer(unsafe { self.list().C_Initialize.unwrap()(ptr::null_mut()) })
    }

    pub(crate) fn finalize(&self) -> Result<(), CK_RV> {
        // SAFETY: null is demanded.
        answer(unsafe { self.list().C_Finalize.unwrap()(ptr::null_mut()) })
    }

    pub(crate) fn slots(&self) -> Result<Vec<CK_SLOT_ID>, CK_RV> {
        let mut slots = [0; 32];
        let mut count = slots.len() as CK_ULONG;
        // SAFETY: as many as the count says.
        answer(unsafe { self.list().C_GetSlotList.unwrap()(CK_TRUE, slots.as_mut_ptr(), &raw mut count) })?;
        Ok(slots[..count as usize].to_vec())
    }

    pub(crate) fn token_info(&self) -> Result<CK_TOKEN_INFO, CK_RV> {
        let mut info = CK_TOKEN_INFO::default();
        // SAFETY: one structure.
        answer(unsafe { self.list().C_GetTokenInfo.unwrap()(0, &raw mut info) })?;
        Ok(info)
    }

    pub(crate) fn extended_info(&self, octets: usize) -> Result<CK_TOKEN_INFO_EXTENDED, CK_RV> {
        // SAFETY: numbers and octets: zeros are a value.
        let mut info: CK_TOKEN_INFO_EXTENDED = unsafe { std::mem::zeroed() };
        info.ulSizeofThisStructure = octets as CK_ULONG;
        // SAFETY: one structure, said to be no longer than it is.
        answer(unsafe { (self.extended().C_EX_GetTokenInfoExtended)(0, &raw mut info) })?;
        Ok(info)
    }

    pub(crate) fn must_change(&self, who: CK_USER_TYPE) -> Result<(), CK_RV> {
        let mut who = who;
        // SAFETY: the mode comes with a user type.
        answer(unsafe { (self.extended().C_EX_SlotManage)(0, 7, (&raw mut who).cast()) })
    }

    pub(crate) fn unblock(&self, session: CK_SESSION_HANDLE) -> Result<(), CK_RV> {
        // SAFETY: nothing is pointed to.
        answer(unsafe { (self.extended().C_EX_UnblockUserPIN)(session) })
    }

    pub(crate) fn journal(&self) -> Result<Vec<u8>, CK_RV> {
        let mut length = 0;
        // SAFETY: null asks for the length, which is then offered.
        unsafe {
            answer((self.extended().C_EX_GetJournal)(0, ptr::null_mut(), &raw mut length))?;
            let mut octets = vec![0; length as usize];
            answer((self.extended().C_EX_GetJournal)(0, octets.as_mut_ptr(), &raw mut length))?;
            octets.truncate(length as usize);
            Ok(octets)
        }
    }

    pub(crate) fn open(&self, is_rw: bool) -> Result<CK_SESSION_HANDLE, CK_RV> {
        let flags = CKF_SERIAL_SESSION | if is_rw { CKF_RW_SESSION } else { 0 };
        let mut session = 0;
        let open = self.list().C_OpenSession.unwrap();
        // SAFETY: one handle.
        answer(unsafe { open(0, flags, ptr::null_mut(), None, &raw mut session) })?;
        Ok(session)
    }

    pub(crate) fn close(&self, session: CK_SESSION_HANDLE) -> Result<(), CK_RV> {
        // SAFETY: nothing is pointed to.
        answer(unsafe { self.list().C_CloseSession.unwrap()(session) })
    }

    pub(crate) fn state(&self, session: CK_SESSION_HANDLE) -> Result<CK_STATE, CK_RV> {
        let mut info = CK_SESSION_INFO::default();
        // SAFETY: one structure.
        answer(unsafe { self.list().C_GetSessionInfo.unwrap()(session, &raw mut info) })?;
        Ok(info.state)
    }

    pub(crate) fn login(&self, session: CK_SESSION_HANDLE, who: CK_USER_TYPE, pin: &str) -> Result<(), CK_RV> {
        let login = self.list().C_Login.unwrap();
        // SAFETY: as long as the length says.
        answer(unsafe { login(session, who, pin.as_ptr().cast_mut(), pin.len() as CK_ULONG) })
    }

    pub(crate) fn logout(&self, session: CK_SESSION_HANDLE) -> Result<(), CK_RV> {
        // SAFETY: nothing is pointed to.
        answer(unsafe { self.list().C_Logout.unwrap()(session) })
    }

    pub(crate) fn init_token(&self, pin: &str) -> Result<(), CK_RV> {
        let init = self.list().C_InitToken.unwrap();
        let mut label = *b"a label                         ";
        // SAFETY: as long as the length says; a label of 32 octets.
        answer(unsafe { init(0, pin.as_ptr().cast_mut(), pin.len() as CK_ULONG, label.as_mut_ptr()) })
    }

    pub(crate) fn init_pin(&self, session: CK_SESSION_HANDLE, pin: &str) -> Result<(), CK_RV> {
        let init = self.list().C_InitPIN.unwrap();
        // SAFETY: as long as the length says.
        answer(unsafe { init(session, pin.as_ptr().cast_mut(), pin.len() as CK_ULONG) })
    }

    pub(crate) fn set_pin(&self, session: CK_SESSION_HANDLE, old: &str, new: &str) -> Result<(), CK_RV> {
        let set = self.list().C_SetPIN.unwrap();
        let [old_octets, new_octets] = [old, new].map(|pin| pin.as_ptr().cast_mut());
        // SAFETY: as long as the lengths say.
        answer(unsafe { set(session, old_octets, old.len() as CK_ULONG, new_octets, new.len() as CK_ULONG) })
    }

    pub(crate) fn create(&self, session: CK_SESSION_HANDLE, template: &Template<'_>) -> Result<CK_ULONG, CK_RV> {
        let mut attributes = attributes(template);
        let mut object = 0;
        let create = self.list().C_CreateObject.unwrap();
        let count = attributes.len() as CK_ULONG;
        // SAFETY: as many as the count says.
        answer(unsafe { create(session, attributes.as_mut_ptr(), count, &raw mut object) })?;
        Ok(object)
    }

    pub(crate) fn copy(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        template: &Template<'_>,
    ) -> Result<CK_ULONG, CK_RV> {
        let mut attributes = attributes(template);
        let mut copied = 0;
        let copy = self.list().C_CopyObject.unwrap();
        let count = attributes.len() as CK_ULONG;
        // SAFETY: as many as the count says.
        answer(unsafe { copy(session, object, attributes.as_mut_ptr(), count, &raw mut copied) })?;
        Ok(copied)
    }

    pub(crate) fn destroy(&self, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> Result<(), CK_RV> {
        // SAFETY: nothing is pointed to.
        answer(unsafe { self.list().C_DestroyObject.unwrap()(session, object) })
    }

    pub(crate) fn set(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        template: &Template<'_>,
    ) -> Result<(), CK_RV> {
        let mut attributes = attributes(template);
        let set = self.list().C_SetAttributeValue.unwrap();
        let count = attributes.len() as CK_ULONG;
        // SAFETY: as many as the count says.
        answer(unsafe { set(session, object, attributes.as_mut_ptr(), count) })
    }

    pub(crate) fn get(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> Result<Vec<u8>, CK_RV> {
        let mut value = vec![0_u8; 70_000];
        let mut attribute =
            CK_ATTRIBUTE { type_: kind, pValue: value.as_mut_ptr().cast(), ulValueLen: value.len() as CK_ULONG };
        let get = self.list().C_GetAttributeValue.unwrap();
        // SAFETY: one attribute with its room.
        answer(unsafe { get(session, object, &raw mut attribute, 1) })?;
        value.truncate(attribute.ulValueLen as usize);
        Ok(value)
    }

    pub(crate) fn find(
        &self,
        session: CK_SESSION_HANDLE,
        template: &Template<'_>,
    ) -> Result<Vec<CK_OBJECT_HANDLE>, CK_RV> {
        let mut attributes = attributes(template);
        let mut found = [0; 64];
        let mut count = 0;
        let length = attributes.len() as CK_ULONG;
        // SAFETY: as many as the counts say.
        unsafe {
            answer(self.list().C_FindObjectsInit.unwrap()(session, attributes.as_mut_ptr(), length))?;
            answer(self.list().C_FindObjects.unwrap()(session, found.as_mut_ptr(), 64, &raw mut count))?;
            answer(self.list().C_FindObjectsFinal.unwrap()(session))?;
        }
        Ok(found[..count as usize].to_vec())
    }

    pub(crate) fn generate(
        &self,
        session: CK_SESSION_HANDLE,
        number: CK_MECHANISM_TYPE,
        public: &Template<'_>,
        private: &Template<'_>,
    ) -> Result<[CK_OBJECT_HANDLE; 2], CK_RV> {
        let [mut of_public, mut of_private] = [public, private].map(attributes);
        let mut mechanism = mechanism(number);
        let mut handles = [0; 2];
        let generate = self.list().C_GenerateKeyPair.unwrap();
        let counts = [of_public.len() as CK_ULONG, of_private.len() as CK_ULONG];
        let [one, other] = &mut handles;
        let (public, private) = (of_public.as_mut_ptr(), of_private.as_mut_ptr());
        // SAFETY: as many as the counts say.
        answer(unsafe { generate(session, &raw mut mechanism, public, counts[0], private, counts[1], one, other) })?;
        Ok(handles)
    }

    pub(crate) fn sign_init(
        &self,
        session: CK_SESSION_HANDLE,
        number: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<(), CK_RV> {
        let mut mechanism = mechanism(number);
        // SAFETY: one mechanism without a parameter.
        answer(unsafe { self.list().C_SignInit.unwrap()(session, &raw mut mechanism, key) })
    }

    pub(crate) fn sign_now(&self, session: CK_SESSION_HANDLE, data: &[u8], room: usize) -> Result<Vec<u8>, CK_RV> {
        let mut signature = vec![0; room];
        let mut length = room as CK_ULONG;
        let sign = self.list().C_Sign.unwrap();
        let message = data.as_ptr().cast_mut();
        // SAFETY: as long as the lengths say.
        answer(unsafe { sign(session, message, data.len() as CK_ULONG, signature.as_mut_ptr(), &raw mut length) })?;
        signature.truncate(length as usize);
        Ok(signature)
    }

    pub(crate) fn sign(
        &self,
        session: CK_SESSION_HANDLE,
        number: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
        data: &[u8],
    ) -> Result<Vec<u8>, CK_RV> {
        self.sign_init(session, number, key)?;
        self.sign_now(session, data, 1024)
    }

    pub(crate) fn sign_in_parts(
        &self,
        session: CK_SESSION_HANDLE,
        number: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
        parts: &[&[u8]],
    ) -> Result<Vec<u8>, CK_RV> {
        self.sign_init(session, number, key)?;
        for part in parts {
            let update = self.list().C_SignUpdate.unwrap();
            // SAFETY: as long as the length says.
            answer(unsafe { update(session, part.as_ptr().cast_mut(), part.len() as CK_ULONG) })?;
        }
        let mut signature = [0; 1024];
        let mut length = 1024;
        // SAFETY: as long as the length says.
        answer(unsafe { self.list().C_SignFinal.unwrap()(session, signature.as_mut_ptr(), &raw mut length) })?;
        Ok(signature[..length as usize].to_vec())
    }

    pub(crate) fn verify(
        &self,
        session: CK_SESSION_HANDLE,
        number: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
        data: &[u8],
        signature: &[u8],
    ) -> Result<(), CK_RV> {
        let mut mechanism = mechanism(number);
        let [message, signed] = [data, signature].map(|octets| octets.as_ptr().cast_mut());
        // SAFETY: as long as the lengths say.
        unsafe {
            answer(self.list().C_VerifyInit.unwrap()(session, &raw mut mechanism, key))?;
            let verify = self.list().C_Verify.unwrap();
            answer(verify(session, message, data.len() as CK_ULONG, signed, signature.len() as CK_ULONG))
        }
    }

    /// VKO as a structure, for the mechanism of RFC 4357, or packed as TC 26 does.
    pub(crate) fn derive(
        &self,
        session: CK_SESSION_HANDLE,
        number: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
        [public, ukm]: [&[u8]; 2],
        template: &Template<'_>,
    ) -> Result<CK_OBJECT_HANDLE, CK_RV> {
        let mut attributes = attributes(template);
        let mut structure = CK_GOSTR3410_DERIVE_PARAMS {
            kdf: CKD_NULL,
            pPublicData: public.as_ptr().cast_mut(),
            ulPublicDataLen: public.len() as CK_ULONG,
            pUKM: ukm.as_ptr().cast_mut(),
            ulUKMLen: ukm.len() as CK_ULONG,
        };
        let length = |octets: &[u8]| (octets.len() as u32).to_le_bytes();
        let mut packed = [&[1, 0, 0, 0], &length(public)[..], public, &length(ukm), ukm].concat();
        let mut mechanism = mechanism(number);
        if number == CKM_GOSTR3410_DERIVE {
            mechanism.pParameter = (&raw mut structure).cast();
            mechanism.ulParameterLen = size_of::<CK_GOSTR3410_DERIVE_PARAMS>() as CK_ULONG;
        } else {
            mechanism.pParameter = packed.as_mut_ptr().cast();
            mechanism.ulParameterLen = packed.len() as CK_ULONG;
        }
        let mut derived = 0;
        let derive = self.list().C_DeriveKey.unwrap();
        let count = attributes.len() as CK_ULONG;
        let place = attributes.as_mut_ptr();
        // SAFETY: as long and as many as is said.
        answer(unsafe { derive(session, &raw mut mechanism, key, place, count, &raw mut derived) })?;
        Ok(derived)
    }

    pub(crate) fn event(&self) -> Result<CK_SLOT_ID, CK_RV> {
        let mut slot = 0;
        let wait = self.list().C_WaitForSlotEvent.unwrap();
        // SAFETY: one slot.
        answer(unsafe { wait(CKF_DONT_BLOCK, &raw mut slot, ptr::null_mut()) })?;
        Ok(slot)
    }

    /// The card's file.
    pub(crate) fn card(&self) -> PathBuf {
        crate::cards::card_files(self.folder())[0].clone()
    }
}
