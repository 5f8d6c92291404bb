#include "directory/password.h"

#include <gtest/gtest.h>

#include "directory/errors.h"

namespace gannet::directory {
namespace {

constexpr Argon2Cost kQuick{.memory_kib = 64, .iterations = 1, .lanes = 1};

struct Vector {
  const char* name;
  const char* stored;
  const char* password = "correct horse";
};

// Made by the tools of their fields: argon2, doveadm pw, openssl passwd, libxcrypt, Python's hashlib.
const Vector kVectors[] = {
    {"Argon2id", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
     "password"},
    {"Argon2i",
     "{ARGON2I}$argon2i$v=19$m=32768,t=5,p=1$Woyu0PNjptadDaNKbxGNTg$"
     "JnRJWRd1DXJ4eHhB1so2cu6qTTRYe7fzEEKQ9WNBl/c"},
    {"BlowfishA", "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"},
    {"BlowfishB", "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"},
    {"BlowfishY", "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"},
    {"BlowfishMarked", "{BLF-CRYPT}$2y$05$Y0vQqP/2MzYxMFE7aIAgQO4vM.tM85fhVAXVYqOjxGKjTPtZckWGm"},
    {"Md5Crypt", "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80"},
    {"Md5CryptMarked", "{MD5-CRYPT}$1$8U67z6UO$pFEVVXcyNwUEJNt2.q5IK0"},
    {"Md5MarkedCrypt", "{MD5}$1$E6wSw7RA$el54vc5zTjmxl6YKnL7Xh0"},
    {"Sha256Crypt", "$5$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC"},
    {"Sha256CryptRounds",
     "{SHA256-CRYPT}$5$rounds=1000$6Jcmq64W4rwRUVc9$UmyUTmGpl3D9Hf3pUK.zLiKF0FXSEtlO2.eMjLwjH05"},
    {"Sha512Crypt",
     "$6$saltstring$.r0X7ub5wGR2v4Xz7svCIozfnlorFh19V89t8KC9Umd81uGhFgsyTRNyzQDXDIm17fFcR9z3z7oBNdsyYBbtm/"},
    {"Sha512CryptRounds",
     "$6$rounds=1400$anotherlongsalts$"
     "BIJq9mRCZh1kev4gsEFy0R5hLBKgZM.fwvpxgy31e6bRJqRdXTpSE8TJFJysi3GwDPeX9bz4aZklq669D26ai0"},
    {"Crypt", "{CRYPT}$2y$05$XzkeE4cHVejfUmo4rW0Reuh3.r6v00/zJ7jRtyOr9MZ.UHfYEGpJS"},
    {"DesCrypt", "{CRYPT}abhfCpXqd4GrI"},
    {"DesCryptExtended", "{CRYPT}_J9..rasmDiLRGIlI80c"},
    {"DesCryptMarked", "{DES-CRYPT}D.KTAzgpBulak"},
    {"ScryptCrypt", "$7$CU..../....k2XAnEHBqQ1Ct2aMXFKNa/$eKAuKEl9owcPfapi3DXMF/raTm1Q3jjqXdo3fAEpfn5"},
    {"Yescrypt", "$y$j7T$F5Jx5fExrKuPp53xLKQ..1$Hfhe9Vnve8WEfkqSO9BG3zZuP1caSap6mYA04txmpI1"},
    {"GostYescrypt", "$gy$j7T$F5Jx5fExrKuPp53xLKQ..1$/MI5l3ff0eLNW8jAid/41NS6XIkxUefjwM1sPqsBSU1"},
    {"Scrypt", "$scrypt$ln=4,r=8,p=1$8PHy8/T19vf4+fr7/P3+/w$JvJWJIKH0DvalOuZloYFzm7z/NOUGrOUSepHfp4u5bk"},
    {"Pbkdf2Sha1", "$pbkdf2$1000$8PHy8/T19vf4.fr7/P3./w$.5QX0J046SbyM4zUrpWK1an1PdA"},
    {"Pbkdf2Sha1Phc", "$pbkdf2-sha1$i=1000,l=20$8PHy8/T19vf4+fr7/P3+/w$+5QX0J046SbyM4zUrpWK1an1PdA"},
    {"Pbkdf2Sha256",
     "$pbkdf2-sha256$1000$8PHy8/T19vf4.fr7/P3./w$JwgcbJZlHBoE0uPBMy9SZsCsIJXsYLx/8XwH97PVwMU"},
    {"Pbkdf2Sha256Phc",
     "$pbkdf2-sha256$i=1000,l=32$8PHy8/T19vf4+fr7/P3+/w$JwgcbJZlHBoE0uPBMy9SZsCsIJXsYLx/8XwH97PVwMU"},
    {"Pbkdf2Sha256Marked",
     "{PBKDF2-SHA256}1000$8PHy8/T19vf4.fr7/P3./w$JwgcbJZlHBoE0uPBMy9SZsCsIJXsYLx/8XwH97PVwMU"},
    {"Pbkdf2Sha512",
     "$pbkdf2-sha512$1000$8PHy8/T19vf4.fr7/P3./w$"
     "xqu1f3FSdHbs02z9AocIk0UpBf6S9uqlRTfcS56zkPqTxPMhm.kj4D.e8E9DRlH/uXf/Pe1g59vHIM0MwcvtiA"},
    {"Pbkdf2Dovecot", "{PBKDF2}$1$tbNsvU2J4GNw8KxW$5$994a0c095945c0056538de46ec17107048abe8da"},
    {"Pbkdf2Django", "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso="},
    {"Sha", "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A="},
    {"ShaHex", "{sha}2f9e53523b62abc141a2b4d6019d23cba835dbd0"},
    {"Sha256", "{SHA256}QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE="},
    {"Sha384", "{SHA384}ArIKby67E2Cppg9M+QhXNj7UGcAisSFWfOX5HG45Zk+3j9YCNMSli1v8cUWumDKS"},
    {"Sha512",
     "{SHA512}VraY3v7bWkNbY0r+MyC7rz/c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyyeZUZew=="},
    {"SaltedMd5", "{SMD5}90XcwyH8j0H8/A2mEw/2FkfC/k0="},
    {"SaltedSha", "{SSHA}TbDMbq7SqtqQv5MCdPIpLAYGtw2AHMRe"},
    {"SaltedSha256", "{SSHA256}c73V8NxljYWfHBxJfoAiQkBMDT45AB8xPYiQDZ/e46m55CkZ"},
    {"SaltedSha512",
     "{SSHA512}8I90lTBIoCojyda7j5Ugn55PzVaXUQGPQnFGGyDv94dbiZvL7rmHApO8PASmLrZMCYxiqRzXib5hfDEGP751BhSi++Q="},
    {"Md5", "{MD5}PLTnMmMfR+brlh80VUt83g=="},
    {"Md5Hex", "{PLAIN-MD5}3cb4e732631f47e6eb961f34554b7cde"},
    {"Md5Ldap", "{LDAP-MD5}PLTnMmMfR+brlh80VUt83g=="},
    {"Application", "$app$my phone$$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80"},
};

class StoredPassword : public testing::TestWithParam<Vector> {};

TEST_P(StoredPassword, IsVerified) {
  const auto& [name, stored, password] = GetParam();
  const auto right = verify_password(stored, password);
  ASSERT_TRUE(right) << right.error().describe();
  EXPECT_TRUE(*right);
  EXPECT_TRUE(is_password_hash(stored));
  for (const std::string& wrong : {std::string(), std::string("correct hors"), std::string("correct horse "),
                                   std::string("Correct horse"), std::string(password) + '\0'}) {
    const bool eight_characters =
        std::string_view(name) == "DesCrypt" || std::string_view(name) == "DesCryptMarked";
    if (eight_characters && wrong.starts_with("correct ")) continue;
    const auto outcome = verify_password(stored, wrong);
    ASSERT_TRUE(outcome) << outcome.error().describe();
    EXPECT_FALSE(*outcome) << '"' << wrong << '"';
  }
}

TEST_P(StoredPassword, CutShortLetsNobodyIn) {
  std::string stored = GetParam().stored;
  while (stored.ends_with('=')) stored.pop_back();  // padding may be missing
  for (const std::size_t size : {stored.size() - 2, stored.size() / 2}) {
    const auto outcome = verify_password(std::string_view(stored).substr(0, size), GetParam().password);
    EXPECT_FALSE(outcome && *outcome) << stored.substr(0, size);
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, StoredPassword, testing::ValuesIn(kVectors),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Password, InClearIsComparedAsItIs) {
  for (const char* stored :
       {"open sesame", "{PLAIN}open sesame", "{clear}open sesame", "{CLEARTEXT}open sesame"}) {
    EXPECT_TRUE(*verify_password(stored, "open sesame")) << stored;
    EXPECT_FALSE(*verify_password(stored, "open sesam")) << stored;
    EXPECT_FALSE(*verify_password(stored, "")) << stored;
    EXPECT_FALSE(is_password_hash(stored));
    EXPECT_EQ(clear_password(stored), "open sesame");
  }
}

TEST(Password, UnknownSchemesAreErrorsThatNameThemAlone) {
  const auto name = [](std::string_view stored) {
    const auto outcome = verify_password(stored, "x");
    EXPECT_FALSE(outcome) << stored;
    if (outcome) return std::string();
    EXPECT_TRUE(outcome.error().is(DirectoryError::kInvalid));
    EXPECT_FALSE(is_password_hash(stored));
    return outcome.error().detail();
  };
  EXPECT_EQ(name("{SCRAM-SHA-256}4096,c2FsdA==,aaaa,bbbb"), "{SCRAM-SHA-256}");
  EXPECT_EQ(name("$9$salt$hash"), "$9$");
  EXPECT_EQ(name("$money"), "$");
  EXPECT_EQ(name("otpauth://totp/x?secret=AAAA"), "otpauth");
  EXPECT_EQ(name("{SSHA}not base64!"), "{SSHA}");
  EXPECT_EQ(name("{SSHA}L55TUjtiq8FBorTWAZ0jy6g129A="), "{SSHA}") << "no salt";
  EXPECT_EQ(name("$"), "$");
  EXPECT_EQ(name("$app$"), "$app$");
}

TEST(Password, WhatCostsTooMuchIsAnError) {
  for (const char* stored :
       {"$argon2id$v=19$m=4194305,t=2,p=1$c29tc2FsdHNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=1024,t=1001,p=1$c29tc2FsdHNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$6$rounds=999999999$anotherlongsalts$"
        "BIJq9mRCZh1kev4gsEFy0R5hLBKgZM.fwvpxgy31e6bRJqRdXTpSE8TJFJysi3GwDPeX9bz4aZklq669D26ai0",
        "$scrypt$ln=30,r=8,p=1$8PHy8/T19vf4+fr7/P3+/w$JvJWJIKH0DvalOuZloYFzm7z/NOUGrOUSepHfp4u5bk",
        "$scrypt$ln=20,r=32,p=1$8PHy8/T19vf4+fr7/P3+/w$JvJWJIKH0DvalOuZloYFzm7z/NOUGrOUSepHfp4u5bk",
        "$pbkdf2-sha256$99999999999$8PHy8/T19vf4.fr7/P3./w$JwgcbJZlHBoE0uPBMy9SZsCsIJXsYLx/8XwH97PVwMU",
        "$y$jFT$F5Jx5fExrKuPp53xLKQ..1$Hfhe9Vnve8WEfkqSO9BG3zZuP1caSap6mYA04txmpI1"}) {
    EXPECT_FALSE(verify_password(stored, "correct horse")) << stored;
  }
}

TEST(Password, IsHashedWithAFreshSalt) {
  SeededRandom random(7);
  const auto one = hash_password("pass", kQuick, random), two = hash_password("pass", kQuick, random);
  ASSERT_TRUE(one && two);
  EXPECT_TRUE(one->starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  EXPECT_NE(*one, *two);
  EXPECT_TRUE(*verify_password(*one, "pass"));
  EXPECT_TRUE(*verify_password(*two, "pass"));
  EXPECT_FALSE(*verify_password(*one, "Pass"));
  EXPECT_TRUE(is_password_hash(*one));
}

TEST(Password, IsTheSameInBothNormalisations) {
  SeededRandom random(7);
  const auto hash = hash_password("pa\u0308ss", kQuick, random);
  EXPECT_TRUE(*verify_password(*hash, "p\u00e4ss"));
  EXPECT_TRUE(*verify_password(*hash, "pa\u0308ss"));
  EXPECT_TRUE(*verify_password("{PLAIN}pa\u0308ss", "pa\u0308ss"))
      << "another system kept the bytes that came";
  const auto bytes = hash_password("\xff\xfe", kQuick, random);
  EXPECT_TRUE(*verify_password(*bytes, "\xff\xfe"));
}

TEST(Password, NobodyHasTheUnmatchableOne) {
  SeededRandom random(7);
  const std::string hash = unmatchable_hash(kQuick, random);
  EXPECT_TRUE(is_password_hash(hash));
  EXPECT_TRUE(is_costly(hash));
  EXPECT_FALSE(*verify_password(hash, ""));
  EXPECT_FALSE(*verify_password(hash, "pass"));
}

}  // namespace
}  // namespace gannet::directory
