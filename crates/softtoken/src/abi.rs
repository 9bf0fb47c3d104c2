//! The C face: pointers become slices, templates and rooms for answers, and nothing else happens here. The one module of the crate with `unsafe`.
//! A panic below becomes `CKR_GENERAL_ERROR`; the program that loaded the module never sees it unwind.
//!
//! What C promises is what is relied upon: a pointer that is not null is good for as many octets as its length says. Lengths are bounded before they
//! are believed, null pointers with a length are refused, structures are read wherever they lie.
#![expect(unsafe_code, reason = "the C ABI of PKCS#11: raw pointers in, raw pointers out")]
#![expect(non_snake_case, reason = "the names are the standard's")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::slice;

use cryptoki_sys::*;

use crate::code::{Answer, Code, refuse};
use crate::module::{self, Asked, Module, Parameter, padded, with};
use crate::numbers::{CK_TOKEN_INFO_EXTENDED, MODE_GET_PIN_SET_TO_BE_CHANGED};
use crate::object::{MAX_TEMPLATE, MAX_VALUE_OCTETS};
use crate::session::{Reply, Room};

/// Most octets of data in one call; more comes in parts.
const MAX_DATA_OCTETS: usize = 64 * 1024 * 1024;
/// Longest parameter of a mechanism and longest PIN that is looked at.
const MAX_SMALL_OCTETS: usize = 4096;
/// Most handles C_FindObjects hands over at a time.
const MAX_FOUND: usize = 4096;

fn guard(act: impl FnOnce() -> Answer<()>) -> CK_RV {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(Ok(())) => CKR_OK,
        Ok(Err(Code(code))) => code,
        Err(_) => CKR_GENERAL_ERROR,
    }
}

/// # Safety
/// `octets` is null or good for `length` octets.
unsafe fn octets<'a>(octets: *const CK_BYTE, length: CK_ULONG, most: usize, too_long: CK_RV) -> Answer<&'a [u8]> {
    let Some(length) = usize::try_from(length).ok().filter(|length| *length <= most) else {
        return refuse(too_long);
    };
    match (octets.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => refuse(CKR_ARGUMENTS_BAD),
        // SAFETY: not null, and the caller vouches for the length.
        (false, _) => Ok(unsafe { slice::from_raw_parts(octets, length) }),
    }
}

/// # Safety
/// As [`octets`].
unsafe fn data<'a>(data: *const CK_BYTE, length: CK_ULONG) -> Answer<&'a [u8]> {
    // SAFETY: passed on.
    unsafe { octets(data, length, MAX_DATA_OCTETS, CKR_DATA_LEN_RANGE) }
}

/// # Safety
/// As [`octets`]. A null PIN means a keypad of the card's own, which these cards do not have.
unsafe fn pin<'a>(pin: *const CK_BYTE, length: CK_ULONG) -> Answer<&'a [u8]> {
    if pin.is_null() {
        return refuse(CKR_ARGUMENTS_BAD);
    }
    // SAFETY: passed on.
    unsafe { octets(pin, length, MAX_SMALL_OCTETS, CKR_PIN_LEN_RANGE) }
}

/// # Safety
/// `template` is null or good for `count` attributes, each of whose values is null or good for its length.
unsafe fn template<'a>(template: *const CK_ATTRIBUTE, count: CK_ULONG) -> Answer<Vec<(CK_ATTRIBUTE_TYPE, &'a [u8])>> {
    let count = usize::try_from(count).ok().filter(|count| *count <= MAX_TEMPLATE).ok_or(Code(CKR_ARGUMENTS_BAD))?;
    if template.is_null() && count > 0 {
        return refuse(CKR_ARGUMENTS_BAD);
    }
    let mut attributes = Vec::with_capacity(count);
    for index in 0..count {
        // SAFETY: within the count the caller vouches for.
        let attribute = unsafe { template.add(index).read_unaligned() };
        let (value, length) = (attribute.pValue.cast::<CK_BYTE>(), attribute.ulValueLen);
        // SAFETY: the caller vouches for each value.
        let value = unsafe { octets(value, length, MAX_VALUE_OCTETS, CKR_ATTRIBUTE_VALUE_INVALID) }
            .map_err(|_| Code(CKR_ATTRIBUTE_VALUE_INVALID))?;
        attributes.push((attribute.type_, value));
    }
    Ok(attributes)
}

/// # Safety
/// `mechanism` is null or a mechanism whose parameter is good for its length and, where it is a structure, whose pointers are good for theirs.
unsafe fn asked<'a>(mechanism: *const CK_MECHANISM) -> Answer<Asked<'a>> {
    if mechanism.is_null() {
        return refuse(CKR_ARGUMENTS_BAD);
    }
    // SAFETY: not null, and the caller vouches for it.
    let mechanism = unsafe { mechanism.read_unaligned() };
    let number = mechanism.mechanism;
    let (parameter, length) = (mechanism.pParameter.cast::<CK_BYTE>(), mechanism.ulParameterLen);
    let bad = |_| Code(CKR_MECHANISM_PARAM_INVALID);
    // SAFETY: the caller vouches for the parameter.
    let raw = unsafe { octets(parameter, length, MAX_SMALL_OCTETS, CKR_MECHANISM_PARAM_INVALID) }.map_err(bad)?;
    if number != CKM_GOSTR3410_DERIVE || raw.len() != size_of::<CK_GOSTR3410_DERIVE_PARAMS>() {
        return Ok(Asked { number, parameter: Parameter::Octets(raw) });
    }
    // SAFETY: as long as the structure, and every pattern of octets is one.
    let vko = unsafe { raw.as_ptr().cast::<CK_GOSTR3410_DERIVE_PARAMS>().read_unaligned() };
    // SAFETY: the caller vouches for the two pointers.
    let (public, ukm) = unsafe {
        (
            octets(vko.pPublicData, vko.ulPublicDataLen, MAX_SMALL_OCTETS, CKR_MECHANISM_PARAM_INVALID).map_err(bad)?,
            octets(vko.pUKM, vko.ulUKMLen, MAX_SMALL_OCTETS, CKR_MECHANISM_PARAM_INVALID).map_err(bad)?,
        )
    };
    Ok(Asked { number, parameter: Parameter::Vko { kdf: vko.kdf, public, ukm } })
}

/// # Safety
/// `place` is null or good for one `T`.
unsafe fn put<T>(place: *mut T, value: T) -> Answer<()> {
    if place.is_null() {
        return refuse(CKR_ARGUMENTS_BAD);
    }
    // SAFETY: not null, and the caller vouches for it.
    unsafe { place.write_unaligned(value) };
    Ok(())
}

/// Asks for as many `T` as there is room for; null asks for their number.
///
/// # Safety
/// `count` is null or good; `places` is null or good for `*count` of `T`.
unsafe fn give<T: Copy>(
    places: *mut T,
    count: *mut CK_ULONG,
    make: impl FnOnce(Room) -> Answer<Reply<Vec<T>>>,
) -> Answer<()> {
    if count.is_null() {
        return refuse(CKR_ARGUMENTS_BAD);
    }
    let room = if places.is_null() {
        None
    } else {
        // SAFETY: not null, and the caller vouches for it. What does not fit a usize is more room than there can be.
        Some(usize::try_from(unsafe { count.read_unaligned() }).unwrap_or(usize::MAX))
    };
    let (made, answer) = match make(room)? {
        Reply::Length(length) => (length, Ok(())),
        Reply::TooSmall(length) => (length, refuse(CKR_BUFFER_TOO_SMALL)),
        Reply::Go(made) => {
            if room.is_none_or(|room| room < made.len()) {
                return refuse(CKR_GENERAL_ERROR);
            }
            // SAFETY: there is room for as many, as was just looked at, and `made` is ours alone.
            unsafe { ptr::copy_nonoverlapping(made.as_ptr().cast::<u8>(), places.cast::<u8>(), size_of_val(&*made)) };
            (made.len(), Ok(()))
        }
    };
    // SAFETY: as above.
    unsafe { count.write_unaligned(made as CK_ULONG) };
    answer
}

/// The functions themselves. Each is what its chapter of PKCS#11 2.40, section 5, says.
macro_rules! entries {
    ($($name:ident($($argument:ident: $kind:ty),*) $body:block)*) => {$(
        #[doc = concat!("`", stringify!($name), "` of PKCS#11 2.40 or of Rutoken's extension.")]
        ///
        /// # Safety
        /// Pointers are null or good for what their lengths say.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $kind),*) -> CK_RV {
            guard(|| $body)
        }
    )*};
}

/// Functions there is no use for on these cards: refused after the question whether there is a library at all.
macro_rules! unsupported {
    ($($name:ident($($kind:ty),*))*) => {$(
        #[doc = concat!("`", stringify!($name), "`: not on these cards.")]
        ///
        /// # Safety
        /// Nothing is read.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($(_: $kind),*) -> CK_RV {
            guard(|| with(|_| refuse(CKR_FUNCTION_NOT_SUPPORTED)))
        }
    )*};
}

type Handle = CK_SESSION_HANDLE;
type Octets = *mut CK_BYTE;
type Number = *mut CK_ULONG;

entries! {
    C_Initialize(arguments: *mut std::os::raw::c_void) {
        let arguments = arguments.cast::<CK_C_INITIALIZE_ARGS>();
        if !arguments.is_null() {
            // SAFETY: not null, and the caller vouches for it.
            let arguments = unsafe { arguments.read_unaligned() };
            if !arguments.pReserved.is_null() {
                return refuse(CKR_ARGUMENTS_BAD);
            }
            let given = [
                arguments.CreateMutex.is_some(),
                arguments.DestroyMutex.is_some(),
                arguments.LockMutex.is_some(),
                arguments.UnlockMutex.is_some(),
            ];
            if given.contains(&true) && given.contains(&false) {
                return refuse(CKR_ARGUMENTS_BAD);
            }
            // Locks of the system are what there is here.
            if given.contains(&true) && arguments.flags & CKF_OS_LOCKING_OK == 0 {
                return refuse(CKR_CANT_LOCK);
            }
        }
        module::initialize()
    }

    C_Finalize(reserved: *mut std::os::raw::c_void) {
        if !reserved.is_null() {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        module::finalize()
    }

    C_GetInfo(info: *mut CK_INFO) {
        with(|_| Ok(()))?;
        let made = CK_INFO {
            cryptokiVersion: CK_VERSION { major: 2, minor: 40 },
            manufacturerID: padded("Surguch"),
            flags: 0,
            libraryDescription: padded("Surguch soft token"),
            libraryVersion: CK_VERSION { major: 1, minor: 0 },
        };
        // SAFETY: passed on.
        unsafe { put(info, made) }
    }

    C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) {
        // SAFETY: passed on. The list is never written to.
        unsafe { put(list, ptr::from_ref(&FUNCTIONS).cast_mut()) }
    }

    C_EX_GetFunctionListExtended(list: *mut *mut CK_FUNCTION_LIST_EXTENDED) {
        // SAFETY: passed on. The list is never written to.
        unsafe { put(list, ptr::from_ref(&EXTENDED_FUNCTIONS).cast_mut()) }
    }

    C_GetSlotList(present: CK_BBOOL, slots: *mut CK_SLOT_ID, count: Number) {
        // SAFETY: passed on.
        unsafe {
            give(slots, count, |room| {
                let slots = with(|module| module.slot_list(present != CK_FALSE))?;
                Reply::of(room, slots.len(), || Ok(slots))
            })
        }
    }

    C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) {
        let made = with(|module| module.slot_info(slot))?;
        // SAFETY: passed on.
        unsafe { put(info, made) }
    }

    C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) {
        let made = with(|module| module.token_info(slot))?;
        // SAFETY: passed on.
        unsafe { put(info, made) }
    }

    C_GetMechanismList(slot: CK_SLOT_ID, mechanisms: *mut CK_MECHANISM_TYPE, count: Number) {
        // SAFETY: passed on.
        unsafe {
            give(mechanisms, count, |room| {
                let algorithms = with(|module| Ok(module.card(slot)?.firm.identity.algorithms))?;
                let mechanisms: Vec<_> = crate::mechanism::of_card(algorithms).map(|one| one.number).collect();
                Reply::of(room, mechanisms.len(), || Ok(mechanisms))
            })
        }
    }

    C_GetMechanismInfo(slot: CK_SLOT_ID, mechanism: CK_MECHANISM_TYPE, info: *mut CK_MECHANISM_INFO) {
        let algorithms = with(|module| Ok(module.card(slot)?.firm.identity.algorithms))?;
        // SAFETY: passed on.
        unsafe { put(info, crate::mechanism::find(algorithms, mechanism)?.info()) }
    }

    C_InitToken(slot: CK_SLOT_ID, so_pin: Octets, length: CK_ULONG, label: *mut CK_UTF8CHAR) {
        // SAFETY: passed on; a label is 32 octets long.
        let (so_pin, label) = unsafe { (pin(so_pin, length)?, octets(label, 32, 32, CKR_ARGUMENTS_BAD)?) };
        let label = label.first_chunk().ok_or(Code(CKR_ARGUMENTS_BAD))?;
        with(|module| module.init_token(slot, so_pin, label))
    }

    C_InitPIN(session: Handle, new: Octets, length: CK_ULONG) {
        // SAFETY: passed on.
        let new = unsafe { pin(new, length)? };
        with(|module| module.init_pin(session, new))
    }

    C_SetPIN(session: Handle, old: Octets, old_length: CK_ULONG, new: Octets, new_length: CK_ULONG) {
        // SAFETY: passed on.
        let (old, new) = unsafe { (pin(old, old_length)?, pin(new, new_length)?) };
        with(|module| module.set_pin(session, old, new))
    }

    C_OpenSession(
        slot: CK_SLOT_ID,
        flags: CK_FLAGS,
        _application: *mut std::os::raw::c_void,
        _notify: CK_NOTIFY,
        session: *mut CK_SESSION_HANDLE
    ) {
        if flags & CKF_SERIAL_SESSION == 0 {
            return refuse(CKR_SESSION_PARALLEL_NOT_SUPPORTED);
        }
        if session.is_null() {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        let made = with(|module| module.open_session(slot, flags & CKF_RW_SESSION != 0))?;
        // SAFETY: passed on.
        unsafe { put(session, made) }
    }

    C_CloseSession(session: Handle) {
        with(|module| module.close_session(session))
    }

    C_CloseAllSessions(slot: CK_SLOT_ID) {
        with(|module| module.close_all_sessions(slot))
    }

    C_GetSessionInfo(session: Handle, info: *mut CK_SESSION_INFO) {
        let made = with(|module| module.session_info(session))?;
        // SAFETY: passed on.
        unsafe { put(info, made) }
    }

    C_Login(session: Handle, user: CK_USER_TYPE, shown: Octets, length: CK_ULONG) {
        // SAFETY: passed on.
        let shown = unsafe { pin(shown, length)? };
        with(|module| module.login(session, user, shown))
    }

    C_Logout(session: Handle) {
        with(|module| module.logout(session))
    }

    C_CreateObject(session: Handle, attributes: *mut CK_ATTRIBUTE, count: CK_ULONG, object: *mut CK_OBJECT_HANDLE) {
        if object.is_null() {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        // SAFETY: passed on.
        let attributes = unsafe { template(attributes, count)? };
        let made = with(|module| module.create_object(session, &attributes))?;
        // SAFETY: passed on.
        unsafe { put(object, made) }
    }

    C_CopyObject(
        session: Handle,
        object: CK_OBJECT_HANDLE,
        attributes: *mut CK_ATTRIBUTE,
        count: CK_ULONG,
        copy: *mut CK_OBJECT_HANDLE
    ) {
        if copy.is_null() {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        // SAFETY: passed on.
        let attributes = unsafe { template(attributes, count)? };
        let made = with(|module| module.copy_object(session, object, &attributes))?;
        // SAFETY: passed on.
        unsafe { put(copy, made) }
    }

    C_DestroyObject(session: Handle, object: CK_OBJECT_HANDLE) {
        with(|module| module.destroy_object(session, object))
    }

    C_GetObjectSize(session: Handle, object: CK_OBJECT_HANDLE, size: Number) {
        let made = with(|module| module.object_size(session, object))?;
        // SAFETY: passed on.
        unsafe { put(size, made) }
    }

    C_GetAttributeValue(session: Handle, object: CK_OBJECT_HANDLE, attributes: *mut CK_ATTRIBUTE, count: CK_ULONG) {
        let count = usize::try_from(count).ok().filter(|count| *count <= MAX_TEMPLATE);
        let count = count.ok_or(Code(CKR_ARGUMENTS_BAD))?;
        if attributes.is_null() {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        with(|module| {
            let object = module.readable_object(session, object)?;
            let mut answer = Ok(());
            for index in 0..count {
                // SAFETY: within the count the caller vouches for; each value is null or good for its length.
                let outcome = unsafe {
                    let place = attributes.add(index);
                    let mut attribute = place.read_unaligned();
                    let outcome = object.readable(attribute.type_).and_then(|value| fill(&mut attribute, value));
                    if outcome.is_err() {
                        attribute.ulValueLen = CK_UNAVAILABLE_INFORMATION;
                    }
                    place.write_unaligned(attribute);
                    outcome
                };
                answer = answer.and(outcome);
            }
            answer
        })
    }

    C_SetAttributeValue(session: Handle, object: CK_OBJECT_HANDLE, attributes: *mut CK_ATTRIBUTE, count: CK_ULONG) {
        // SAFETY: passed on.
        let attributes = unsafe { template(attributes, count)? };
        with(|module| module.set_attributes(session, object, &attributes))
    }

    C_FindObjectsInit(session: Handle, attributes: *mut CK_ATTRIBUTE, count: CK_ULONG) {
        // SAFETY: passed on.
        let attributes = unsafe { template(attributes, count)? };
        with(|module| module.find_init(session, &attributes))
    }

    C_FindObjects(session: Handle, objects: *mut CK_OBJECT_HANDLE, most: CK_ULONG, count: Number) {
        if count.is_null() || objects.is_null() && most > 0 {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        let most = usize::try_from(most).unwrap_or(MAX_FOUND).min(MAX_FOUND);
        let found = with(|module| module.find(session, most))?;
        for (index, handle) in found.iter().enumerate() {
            // SAFETY: at most as many as the caller has room for.
            unsafe { objects.add(index).write_unaligned(*handle) };
        }
        // SAFETY: passed on.
        unsafe { put(count, found.len() as CK_ULONG) }
    }

    C_FindObjectsFinal(session: Handle) {
        with(|module| module.find_final(session))
    }

    C_DigestInit(session: Handle, mechanism: *mut CK_MECHANISM) {
        // SAFETY: passed on.
        let asked = unsafe { asked(mechanism)? };
        with(|module| module.digest_init(session, asked))
    }

    C_Digest(session: Handle, message: Octets, length: CK_ULONG, digest: Octets, digest_length: Number) {
        // SAFETY: passed on.
        unsafe {
            let message = data(message, length)?;
            give(digest, digest_length, |room| with(|module| module.digest(session, message, room)))
        }
    }

    C_DigestUpdate(session: Handle, part: Octets, length: CK_ULONG) {
        // SAFETY: passed on.
        let part = unsafe { data(part, length)? };
        with(|module| module.digest_update(session, part))
    }

    C_DigestFinal(session: Handle, digest: Octets, digest_length: Number) {
        // SAFETY: passed on.
        unsafe { give(digest, digest_length, |room| with(|module| module.digest_final(session, room))) }
    }

    C_SignInit(session: Handle, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) {
        // SAFETY: passed on.
        let asked = unsafe { asked(mechanism)? };
        with(|module| module.sign_init(session, asked, key))
    }

    C_Sign(session: Handle, message: Octets, length: CK_ULONG, signature: Octets, signature_length: Number) {
        // SAFETY: passed on.
        unsafe {
            let message = data(message, length)?;
            give(signature, signature_length, |room| module::sign(session, message, room))
        }
    }

    C_SignUpdate(session: Handle, part: Octets, length: CK_ULONG) {
        // SAFETY: passed on.
        let part = unsafe { data(part, length)? };
        with(|module| module.sign_update(session, part))
    }

    C_SignFinal(session: Handle, signature: Octets, signature_length: Number) {
        // SAFETY: passed on.
        unsafe { give(signature, signature_length, |room| module::sign_final(session, room)) }
    }

    C_VerifyInit(session: Handle, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) {
        // SAFETY: passed on.
        let asked = unsafe { asked(mechanism)? };
        with(|module| module.verify_init(session, asked, key))
    }

    C_Verify(session: Handle, message: Octets, length: CK_ULONG, signature: Octets, signature_length: CK_ULONG) {
        // SAFETY: passed on.
        let (message, signature) = unsafe { (data(message, length)?, data(signature, signature_length)?) };
        module::verify(session, message, signature)
    }

    C_VerifyUpdate(session: Handle, part: Octets, length: CK_ULONG) {
        // SAFETY: passed on.
        let part = unsafe { data(part, length)? };
        with(|module| module.verify_update(session, part))
    }

    C_VerifyFinal(session: Handle, signature: Octets, length: CK_ULONG) {
        // SAFETY: passed on.
        let signature = unsafe { data(signature, length)? };
        module::verify_final(session, signature)
    }

    C_GenerateKeyPair(
        session: Handle,
        mechanism: *mut CK_MECHANISM,
        public_template: *mut CK_ATTRIBUTE,
        public_count: CK_ULONG,
        private_template: *mut CK_ATTRIBUTE,
        private_count: CK_ULONG,
        public: *mut CK_OBJECT_HANDLE,
        private: *mut CK_OBJECT_HANDLE
    ) {
        if public.is_null() || private.is_null() {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        // SAFETY: passed on.
        let (asked, of_public, of_private) = unsafe {
            (asked(mechanism)?, template(public_template, public_count)?, template(private_template, private_count)?)
        };
        let [made_public, made_private] = module::generate_pair(session, asked, &of_public, &of_private)?;
        // SAFETY: passed on.
        unsafe {
            put(public, made_public)?;
            put(private, made_private)
        }
    }

    C_DeriveKey(
        session: Handle,
        mechanism: *mut CK_MECHANISM,
        base: CK_OBJECT_HANDLE,
        attributes: *mut CK_ATTRIBUTE,
        count: CK_ULONG,
        key: *mut CK_OBJECT_HANDLE
    ) {
        if key.is_null() {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        // SAFETY: passed on.
        let (asked, attributes) = unsafe { (asked(mechanism)?, template(attributes, count)?) };
        let made = module::derive(session, asked, base, &attributes)?;
        // SAFETY: passed on.
        unsafe { put(key, made) }
    }

    C_SeedRandom(session: Handle, _seed: Octets, _length: CK_ULONG) {
        with(|module| module.seed_random(session))
    }

    C_GenerateRandom(session: Handle, random: Octets, length: CK_ULONG) {
        let length = usize::try_from(length).map_err(|_| Code(CKR_ARGUMENTS_BAD))?;
        if random.is_null() && length > 0 || length > isize::MAX as usize {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        // SAFETY: the caller vouches for the length; of nothing, a place that is always good.
        let random = if length == 0 { &mut [] } else { unsafe { slice::from_raw_parts_mut(random, length) } };
        with(|module| module.random(session, random))
    }

    C_GetFunctionStatus(_session: Handle) {
        with(|_| refuse(CKR_FUNCTION_NOT_PARALLEL))
    }

    C_CancelFunction(_session: Handle) {
        with(|_| refuse(CKR_FUNCTION_NOT_PARALLEL))
    }

    C_WaitForSlotEvent(flags: CK_FLAGS, slot: *mut CK_SLOT_ID, reserved: *mut std::os::raw::c_void) {
        if slot.is_null() || !reserved.is_null() {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        let happened = module::wait_for_slot_event(flags & CKF_DONT_BLOCK == 0)?;
        // SAFETY: passed on.
        unsafe { put(slot, happened) }
    }

    C_EX_GetTokenInfoExtended(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO_EXTENDED) {
        if info.is_null() {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        // SAFETY: not null; the first field says how much there is of the rest.
        let room = unsafe { info.cast::<CK_ULONG>().read_unaligned() };
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(size_of::<CK_TOKEN_INFO_EXTENDED>());
        if room < SHORTEST_EXTENDED_OCTETS {
            return refuse(CKR_ARGUMENTS_BAD);
        }
        let mut made = with(|module| module.token_info_extended(slot))?;
        made.ulSizeofThisStructure = room as CK_ULONG;
        // SAFETY: as many octets as the caller says there are, and no more than the structure has.
        unsafe { ptr::copy_nonoverlapping(ptr::from_ref(&made).cast::<u8>(), info.cast::<u8>(), room) };
        Ok(())
    }

    C_EX_UnblockUserPIN(session: Handle) {
        with(|module| module.unblock_user_pin(session))
    }

    C_EX_SlotManage(slot: CK_SLOT_ID, mode: CK_ULONG, value: *mut std::os::raw::c_void) {
        let mut user = CKU_USER;
        if mode == MODE_GET_PIN_SET_TO_BE_CHANGED {
            if value.is_null() {
                return refuse(CKR_ARGUMENTS_BAD);
            }
            // SAFETY: this mode comes with a CK_USER_TYPE.
            user = unsafe { value.cast::<CK_USER_TYPE>().read_unaligned() };
        }
        with(|module| module.slot_manage(slot, mode, user))
    }

    C_EX_GetJournal(slot: CK_SLOT_ID, journal: Octets, length: Number) {
        // SAFETY: passed on.
        unsafe { give(journal, length, |room| with(|module| Module::journal(module, slot, room))) }
    }
}

/// What structures of older headers have at the least: up to the counters, the serial number, the memory and the ATR.
const SHORTEST_EXTENDED_OCTETS: usize = 17 * size_of::<CK_ULONG>() + 8 + 64;

/// # Safety
/// The value of the attribute is null or good for its length.
unsafe fn fill(attribute: &mut CK_ATTRIBUTE, value: &[u8]) -> Answer<()> {
    let place = attribute.pValue.cast::<CK_BYTE>();
    if !place.is_null() {
        if usize::try_from(attribute.ulValueLen).is_ok_and(|room| room < value.len()) {
            return refuse(CKR_BUFFER_TOO_SMALL);
        }
        // SAFETY: not null, and there is room.
        unsafe { ptr::copy_nonoverlapping(value.as_ptr(), place, value.len()) };
    }
    attribute.ulValueLen = value.len() as CK_ULONG;
    Ok(())
}

type Mechanism = *mut CK_MECHANISM;
type Object = CK_OBJECT_HANDLE;
type Attribute = *mut CK_ATTRIBUTE;

unsupported! {
    C_GetOperationState(Handle, Octets, Number)
    C_SetOperationState(Handle, Octets, CK_ULONG, Object, Object)
    C_EncryptInit(Handle, Mechanism, Object)
    C_Encrypt(Handle, Octets, CK_ULONG, Octets, Number)
    C_EncryptUpdate(Handle, Octets, CK_ULONG, Octets, Number)
    C_EncryptFinal(Handle, Octets, Number)
    C_DecryptInit(Handle, Mechanism, Object)
    C_Decrypt(Handle, Octets, CK_ULONG, Octets, Number)
    C_DecryptUpdate(Handle, Octets, CK_ULONG, Octets, Number)
    C_DecryptFinal(Handle, Octets, Number)
    C_DigestKey(Handle, Object)
    C_SignRecoverInit(Handle, Mechanism, Object)
    C_SignRecover(Handle, Octets, CK_ULONG, Octets, Number)
    C_VerifyRecoverInit(Handle, Mechanism, Object)
    C_VerifyRecover(Handle, Octets, CK_ULONG, Octets, Number)
    C_DigestEncryptUpdate(Handle, Octets, CK_ULONG, Octets, Number)
    C_DecryptDigestUpdate(Handle, Octets, CK_ULONG, Octets, Number)
    C_SignEncryptUpdate(Handle, Octets, CK_ULONG, Octets, Number)
    C_DecryptVerifyUpdate(Handle, Octets, CK_ULONG, Octets, Number)
    C_GenerateKey(Handle, Mechanism, Attribute, CK_ULONG, *mut Object)
    C_WrapKey(Handle, Mechanism, Object, Object, Octets, Number)
    C_UnwrapKey(Handle, Mechanism, Object, Octets, CK_ULONG, Attribute, CK_ULONG, *mut Object)
}

/// A function of the extended list that these cards do not have; whatever its arguments are, none is looked at.
unsafe extern "C" fn not_here() -> CK_RV {
    guard(|| with(|_| refuse(CKR_FUNCTION_NOT_SUPPORTED)))
}

static FUNCTIONS: CK_FUNCTION_LIST = CK_FUNCTION_LIST {
    version: CK_VERSION { major: 2, minor: 40 },
    C_Initialize: Some(C_Initialize),
    C_Finalize: Some(C_Finalize),
    C_GetInfo: Some(C_GetInfo),
    C_GetFunctionList: Some(C_GetFunctionList),
    C_GetSlotList: Some(C_GetSlotList),
    C_GetSlotInfo: Some(C_GetSlotInfo),
    C_GetTokenInfo: Some(C_GetTokenInfo),
    C_GetMechanismList: Some(C_GetMechanismList),
    C_GetMechanismInfo: Some(C_GetMechanismInfo),
    C_InitToken: Some(C_InitToken),
    C_InitPIN: Some(C_InitPIN),
    C_SetPIN: Some(C_SetPIN),
    C_OpenSession: Some(C_OpenSession),
    C_CloseSession: Some(C_CloseSession),
    C_CloseAllSessions: Some(C_CloseAllSessions),
    C_GetSessionInfo: Some(C_GetSessionInfo),
    C_GetOperationState: Some(C_GetOperationState),
    C_SetOperationState: Some(C_SetOperationState),
    C_Login: Some(C_Login),
    C_Logout: Some(C_Logout),
    C_CreateObject: Some(C_CreateObject),
    C_CopyObject: Some(C_CopyObject),
    C_DestroyObject: Some(C_DestroyObject),
    C_GetObjectSize: Some(C_GetObjectSize),
    C_GetAttributeValue: Some(C_GetAttributeValue),
    C_SetAttributeValue: Some(C_SetAttributeValue),
    C_FindObjectsInit: Some(C_FindObjectsInit),
    C_FindObjects: Some(C_FindObjects),
    C_FindObjectsFinal: Some(C_FindObjectsFinal),
    C_EncryptInit: Some(C_EncryptInit),
    C_Encrypt: Some(C_Encrypt),
    C_EncryptUpdate: Some(C_EncryptUpdate),
    C_EncryptFinal: Some(C_EncryptFinal),
    C_DecryptInit: Some(C_DecryptInit),
    C_Decrypt: Some(C_Decrypt),
    C_DecryptUpdate: Some(C_DecryptUpdate),
    C_DecryptFinal: Some(C_DecryptFinal),
    C_DigestInit: Some(C_DigestInit),
    C_Digest: Some(C_Digest),
    C_DigestUpdate: Some(C_DigestUpdate),
    C_DigestKey: Some(C_DigestKey),
    C_DigestFinal: Some(C_DigestFinal),
    C_SignInit: Some(C_SignInit),
    C_Sign: Some(C_Sign),
    C_SignUpdate: Some(C_SignUpdate),
    C_SignFinal: Some(C_SignFinal),
    C_SignRecoverInit: Some(C_SignRecoverInit),
    C_SignRecover: Some(C_SignRecover),
    C_VerifyInit: Some(C_VerifyInit),
    C_Verify: Some(C_Verify),
    C_VerifyUpdate: Some(C_VerifyUpdate),
    C_VerifyFinal: Some(C_VerifyFinal),
    C_VerifyRecoverInit: Some(C_VerifyRecoverInit),
    C_VerifyRecover: Some(C_VerifyRecover),
    C_DigestEncryptUpdate: Some(C_DigestEncryptUpdate),
    C_DecryptDigestUpdate: Some(C_DecryptDigestUpdate),
    C_SignEncryptUpdate: Some(C_SignEncryptUpdate),
    C_DecryptVerifyUpdate: Some(C_DecryptVerifyUpdate),
    C_GenerateKey: Some(C_GenerateKey),
    C_GenerateKeyPair: Some(C_GenerateKeyPair),
    C_WrapKey: Some(C_WrapKey),
    C_UnwrapKey: Some(C_UnwrapKey),
    C_DeriveKey: Some(C_DeriveKey),
    C_SeedRandom: Some(C_SeedRandom),
    C_GenerateRandom: Some(C_GenerateRandom),
    C_GetFunctionStatus: Some(C_GetFunctionStatus),
    C_CancelFunction: Some(C_CancelFunction),
    C_WaitForSlotEvent: Some(C_WaitForSlotEvent),
};

type NotHere = unsafe extern "C" fn() -> CK_RV;

/// The extended functions in the order of Rutoken's headers.
#[repr(C)]
#[expect(missing_docs, reason = "the names are the header's, and so is what they mean")]
pub struct CK_FUNCTION_LIST_EXTENDED {
    pub version: CK_VERSION,
    pub C_EX_GetFunctionListExtended: unsafe extern "C" fn(*mut *mut Self) -> CK_RV,
    pub C_EX_InitToken: NotHere,
    pub C_EX_GetTokenInfoExtended: unsafe extern "C" fn(CK_SLOT_ID, *mut CK_TOKEN_INFO_EXTENDED) -> CK_RV,
    pub C_EX_UnblockUserPIN: unsafe extern "C" fn(CK_SESSION_HANDLE) -> CK_RV,
    pub C_EX_SetTokenName: NotHere,
    pub C_EX_SetLicense: NotHere,
    pub C_EX_GetLicense: NotHere,
    pub C_EX_GetCertificateInfoText: NotHere,
    pub C_EX_PKCS7Sign: NotHere,
    pub C_EX_CreateCSR: NotHere,
    pub C_EX_FreeBuffer: NotHere,
    pub C_EX_GetTokenName: NotHere,
    pub C_EX_SetLocalPIN: NotHere,
    pub C_EX_LoadActivationKey: NotHere,
    pub C_EX_SetActivationPassword: NotHere,
    pub C_EX_GetVolumesInfo: NotHere,
    pub C_EX_GetDriveSize: NotHere,
    pub C_EX_ChangeVolumeAttributes: NotHere,
    pub C_EX_FormatDrive: NotHere,
    pub C_EX_TokenManage: NotHere,
    pub C_EX_GenerateActivationPassword: NotHere,
    pub C_EX_GetJournal: unsafe extern "C" fn(CK_SLOT_ID, *mut CK_BYTE, *mut CK_ULONG) -> CK_RV,
    pub C_EX_SignInvisibleInit: NotHere,
    pub C_EX_SignInvisible: NotHere,
    pub C_EX_SlotManage: unsafe extern "C" fn(CK_SLOT_ID, CK_ULONG, *mut std::os::raw::c_void) -> CK_RV,
    pub C_EX_WrapKey: NotHere,
    pub C_EX_UnwrapKey: NotHere,
    pub C_EX_PKCS7VerifyInit: NotHere,
    pub C_EX_PKCS7Verify: NotHere,
    pub C_EX_PKCS7VerifyUpdate: NotHere,
    pub C_EX_PKCS7VerifyFinal: NotHere,
}

static EXTENDED_FUNCTIONS: CK_FUNCTION_LIST_EXTENDED = CK_FUNCTION_LIST_EXTENDED {
    version: CK_VERSION { major: 2, minor: 40 },
    C_EX_GetFunctionListExtended,
    C_EX_InitToken: not_here,
    C_EX_GetTokenInfoExtended,
    C_EX_UnblockUserPIN,
    C_EX_SetTokenName: not_here,
    C_EX_SetLicense: not_here,
    C_EX_GetLicense: not_here,
    C_EX_GetCertificateInfoText: not_here,
    C_EX_PKCS7Sign: not_here,
    C_EX_CreateCSR: not_here,
    C_EX_FreeBuffer: not_here,
    C_EX_GetTokenName: not_here,
    C_EX_SetLocalPIN: not_here,
    C_EX_LoadActivationKey: not_here,
    C_EX_SetActivationPassword: not_here,
    C_EX_GetVolumesInfo: not_here,
    C_EX_GetDriveSize: not_here,
    C_EX_ChangeVolumeAttributes: not_here,
    C_EX_FormatDrive: not_here,
    C_EX_TokenManage: not_here,
    C_EX_GenerateActivationPassword: not_here,
    C_EX_GetJournal,
    C_EX_SignInvisibleInit: not_here,
    C_EX_SignInvisible: not_here,
    C_EX_SlotManage,
    C_EX_WrapKey: not_here,
    C_EX_UnwrapKey: not_here,
    C_EX_PKCS7VerifyInit: not_here,
    C_EX_PKCS7Verify: not_here,
    C_EX_PKCS7VerifyUpdate: not_here,
    C_EX_PKCS7VerifyFinal: not_here,
};
