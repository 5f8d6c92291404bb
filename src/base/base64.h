// Base64 lies in encoding.h, with its other alphabets.
#pragma once

#include "base/encoding.h"
