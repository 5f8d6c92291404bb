#include "login/mechanism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"

namespace gannet::login {
namespace {

using directory::derive_scram;
using directory::ScramSecrets;
using testing::ElementsAre;

template <typename T>
T get(const Next& next) {
  EXPECT_TRUE(std::holds_alternative<T>(next)) << "alternative " << next.index();
  return std::holds_alternative<T>(next) ? std::get<T>(next) : T{};
}

// RFC 7677 3: user "user", password "pencil".
constexpr char kSalt[] = "W22ZaJ0SNY7soEsUEjb6gQ==";
constexpr char kClientNonce[] = "rOprNGfwEbeRWgbNEkqO";
constexpr char kServerNonce[] = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const std::string kFinalWithoutProof = "c=biws,r=" + std::string(kClientNonce) + kServerNonce;
constexpr char kProof[] = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

ScramSecrets pencil(const std::string& app = {}) {
  const auto verifier = *derive_scram("pencil", *base64_decode(kSalt), 4096);
  return {4096, verifier.salt, {{verifier.keys, app}}};
}

TEST(Scram, VectorOfRfc7677) {
  const auto scram = make_scram({.nonce = kServerNonce});
  EXPECT_EQ(get<GetScram>(scram->begin("n,,n=user,r=" + std::string(kClientNonce))).login, "user");
  EXPECT_EQ(get<Challenge>(scram->scram(pencil())).data,
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  const auto proven = get<Proven>(scram->next(kFinalWithoutProof + ",p=" + kProof));
  EXPECT_EQ(proven.login, "user");
  EXPECT_EQ(proven.data, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST(Scram, AWrongProofAndAnUnknownLoginAreRefusedAlike) {
  for (const bool known : {true, false}) {
    const auto scram = make_scram({.nonce = kServerNonce});
    scram->begin("n,,n=user,r=" + std::string(kClientNonce));
    auto secrets = pencil();
    if (!known) secrets.entries.clear();
    const auto first = get<Challenge>(scram->scram(secrets)).data;
    EXPECT_TRUE(first.ends_with(",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
    std::string proof = kProof;
    proof[0] = 'e';
    EXPECT_EQ(get<Refused>(scram->next(kFinalWithoutProof + ",p=" + proof)).login, "user");
  }
}

TEST(Scram, AnyOfTheKeysLetsIn) {
  const auto scram = make_scram({.nonce = kServerNonce});
  scram->begin("n,a=other=2Cname,n=us=3Der,r=" + std::string(kClientNonce));
  auto secrets = pencil("Phone");
  secrets.entries.insert(secrets.entries.begin(),
                         {derive_scram("another", *base64_decode(kSalt), 4096)->keys, {}});
  scram->scram(secrets);
  // The header is another than in the vector, so the proof is too; what the client would send:
  const std::string header = "n,a=other=2Cname,";
  const std::string without = "c=" + base64_encode(header) + ",r=" + kClientNonce + kServerNonce;
  EXPECT_EQ(get<Refused>(scram->next(without + ",p=" + kProof)).why, "wrong password");
}

TEST(Scram, AnotherNonceOrBindingIsRefused) {
  for (const auto& [header, nonce] : {std::pair{"biws", "xx"}, std::pair{"eSws", ""}}) {
    const auto scram = make_scram({.nonce = kServerNonce});
    scram->begin("n,,n=user,r=" + std::string(kClientNonce));
    scram->scram(pencil());
    get<Refused>(scram->next("c=" + std::string(header) + ",r=" + kClientNonce + kServerNonce + nonce +
                             ",p=" + kProof));
  }
}

TEST(Scram, WithAndWithoutPlus) {
  const ChannelBindings bindings = {{"tls-exporter", "E"}, {"tls-server-end-point", "S"}};
  const auto begin = [&](bool plus, bool offered, const std::string& header) {
    return make_scram({.nonce = "n", .bindings = bindings, .plus = plus, .plus_offered = offered})
        ->begin(header + "n=user,r=abc");
  };
  get<GetScram>(begin(true, true, "p=tls-exporter,,"));
  get<Malformed>(begin(true, true, "p=tls-unique,,"));  // not of this connection
  get<Malformed>(begin(true, true, "n,,"));
  get<Malformed>(begin(false, true, "p=tls-exporter,,"));
  get<GetScram>(begin(false, true, "n,,"));
  get<GetScram>(begin(false, false, "y,,"));
  get<Refused>(begin(false, true, "y,,"));  // somebody took PLUS off the list
}

TEST(Scram, MalformedMessages) {
  for (const std::string& message :
       {"", "n", "n,", "n,,", "n,,n=user", "n,,n=,r=abc", "n,,n=us=2cer,r=abc",
        "n,,n=user,r=", "x,,n=user,r=abc", "n,a=,n=user,r=abc", "n,b=c,n=user,r=abc", "n,,m=ext,n=user,r=abc",
        "n,,r=abc,n=user", "p=,,n=user,r=abc", "n,,n=user,r=a\x7f", "n,,n=\xff,r=abc"}) {
    get<Malformed>(make_scram({.nonce = "n"})->begin(message));
  }
  for (const std::string& message :
       {"", "c=biws", "c=biws,r=abcn", "c=biws,r=abcn,p=", "c=biws,r=abcn,p=AAAA", "r=abcn,c=biws,p=AAAA",
        "c=!,r=abcn,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="}) {
    const auto scram = make_scram({.nonce = "n"});
    scram->begin("n,,n=user,r=abc");
    scram->scram(pencil());
    get<Malformed>(scram->next(message));
  }
}

TEST(Plain, Messages) {
  using std::string_literals::operator""s;
  const auto check = get<CheckPassword>(make_plain()->begin("boss\0alice\0secret"s));
  EXPECT_EQ(check.authorize_as, "boss");
  EXPECT_EQ(check.login, "alice");
  EXPECT_EQ(check.password, "secret");
  EXPECT_EQ(get<Challenge>(make_plain()->begin(std::nullopt)).data, "");
  for (const auto& message : {""s, "alice"s, "\0alice"s, "\0\0secret"s, "a\0b\0c\0d"s})
    get<Malformed>(make_plain()->begin(message));
}

TEST(Login, WithAndWithoutAnInitialResponse) {
  auto login = make_login();
  EXPECT_EQ(get<Challenge>(login->begin(std::nullopt)).data, "Username:");
  EXPECT_EQ(get<Challenge>(login->next("alice")).data, "Password:");
  EXPECT_EQ(get<CheckPassword>(login->next("secret")).login, "alice");
  login = make_login();
  EXPECT_EQ(get<Challenge>(login->begin("bob")).data, "Password:");
  EXPECT_EQ(get<CheckPassword>(login->next("secret")).login, "bob");
}

TEST(Offered, WhatTheDirectoryAndTheConnectionCanServe) {
  const std::vector<std::string> all = {"LOGIN", "plain", "scram", "external"};
  EXPECT_THAT(offered(all, {.scram = true, .binding = true, .certificate = true}),
              ElementsAre("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "EXTERNAL", "PLAIN", "LOGIN"));
  EXPECT_THAT(offered(all, {}), ElementsAre("PLAIN", "LOGIN"));
  EXPECT_THAT(offered({"plain"}, {.scram = true, .binding = true}), ElementsAre("PLAIN"));
}

}  // namespace
}  // namespace gannet::login
