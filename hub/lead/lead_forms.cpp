// Serialization of leads, decisions and notices, at rest and outside.
#include <fmt/format.h>

#include "hub/base/bytes.hpp"
#include "hub/lead/lead.hpp"

namespace kinhub {
namespace {

void write_spans(Packer& out, const std::vector<RightSpan>& spans) {
  out.number(spans.size());
  for (const auto& span : spans) {
    out.signed_number(span.when.from.days());
    out.signed_number(span.when.until.days());
    out.signed_number(span.amount.fen);
    out.number(static_cast<std::uint64_t>(span.amount.per));
    out.number(span.amount.known ? 1 : 0);
    out.number(static_cast<std::uint64_t>(span.certainty));
    out.number(span.disputed ? 1 : 0);
  }
}

Date read_date(Unpacker& in) {
  return Date::from_days(static_cast<std::int32_t>(in.signed_number()));
}

std::vector<RightSpan> read_spans(Unpacker& in) {
  std::vector<RightSpan> spans(in.count());
  for (auto& span : spans) {
    span.when.from = read_date(in);
    span.when.until = read_date(in);
    span.amount.fen = in.signed_number();
    span.amount.per = static_cast<Per>(in.number());
    span.amount.known = in.number() != 0;
    span.certainty = static_cast<Certainty>(in.number());
    span.disputed = in.number() != 0;
  }
  return spans;
}

void write_texts(Packer& out, const std::vector<std::string>& texts) {
  out.number(texts.size());
  for (const auto& text : texts)
    out.text(text);
}

std::vector<std::string> read_texts(Unpacker& in) {
  std::vector<std::string> texts(in.count());
  for (auto& text : texts)
    text = in.text();
  return texts;
}

std::string utc(std::int64_t us) {
  auto seconds = us / 1'000'000;
  auto day = seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0);
  auto rest = seconds - day * 86400;
  return fmt::format("{}T{:02}:{:02}:{:02}.{:06}Z", Date::from_days(static_cast<std::int32_t>(day)).text(),
                     rest / 3600, rest / 60 % 60, rest % 60, us - seconds * 1'000'000);
}

}  // namespace

std::string to_bytes(const LeadContent& content) {
  Packer out;
  out.number(2);
  out.number(static_cast<std::uint64_t>(content.kind));
  out.text(content.benefit);
  out.text(content.family);
  write_spans(out, {{content.when, content.amount, content.certainty}});
  out.number(static_cast<std::uint64_t>(content.certainty));
  write_texts(out, content.pending);
  write_texts(out, content.reasons);
  out.number(content.evidence.size());
  for (const auto& one : content.evidence) {
    out.text(one.source);
    out.text(one.key);
    out.number(static_cast<std::uint64_t>(one.fact));
    out.number(static_cast<std::uint64_t>(one.weight));
    out.number(one.on ? 1 : 0);
    if (one.on)
      out.signed_number(one.on->first.days()), out.number(static_cast<std::uint64_t>(one.on->precision));
    out.signed_number(one.received_at_us);
    out.signed_number(one.event_sequence);
    out.signed_number(one.about.value);
  }
  write_spans(out, content.computed);
  out.signed_number(content.not_before.days());
  out.signed_number(content.arrears_fen);
  out.signed_number(content.overpaid_fen);
  return out.take();
}

LeadContent lead_content_from(std::string_view bytes) {
  Unpacker in(bytes);
  const auto form = in.number();
  if (form != 1 && form != 2) throw std::runtime_error("a lead was written by a newer hub: use that one");
  LeadContent content;
  content.kind = static_cast<LeadKind>(in.number());
  content.benefit = in.text();
  content.family = in.text();
  auto about = read_spans(in);
  content.when = about.at(0).when, content.amount = about.at(0).amount;
  content.certainty = static_cast<Certainty>(in.number());
  content.pending = read_texts(in);
  content.reasons = read_texts(in);
  content.evidence.resize(in.count());
  for (auto& one : content.evidence) {
    one.source = in.text();
    one.key = in.text();
    one.fact = static_cast<FactKind>(in.number());
    one.weight = static_cast<EvidenceClass>(in.number());
    if (in.number() != 0) {
      auto first = read_date(in);
      one.on = PartialDate{first, static_cast<Precision>(in.number())};
    }
    one.received_at_us = in.signed_number();
    one.event_sequence = in.signed_number();
    if (form > 1) one.about = PersonId{in.signed_number()};
  }
  content.computed = read_spans(in);
  content.not_before = read_date(in);
  content.arrears_fen = in.signed_number();
  content.overpaid_fen = in.signed_number();
  return content;
}

std::string to_bytes(const Decided& decided) {
  Packer out;
  out.number(5);
  write_spans(out, decided.confirmed);
  out.number(decided.set_aside ? 1 : 0);
  if (decided.set_aside) write_spans(out, *decided.set_aside);
  out.signed_number(decided.on.days());
  out.number(decided.set_aside_on ? 1 : 0);
  if (decided.set_aside_on) {
    out.number(decided.set_aside_on->size());
    for (const auto& word : *decided.set_aside_on) {
      out.signed_number(word.about.value);
      out.number(static_cast<std::uint64_t>(word.fact));
      out.text(word.source);
      out.number(static_cast<std::uint64_t>(word.weight));
    }
  }
  out.number(decided.once.size());
  for (const auto& days : decided.once)
    out.signed_number(days.from.days()), out.signed_number(days.until.days());
  for (const auto* over : {&decided.confirmed_over, &decided.set_aside_over}) {
    out.signed_number(over->at_us);
    out.number(over->anchors.size());
    for (const auto& anchor : over->anchors)
      out.raw(anchor.view());
  }
  out.number(decided.first.size());
  for (const auto& one : decided.first)
    for (auto day : {one.run.from, one.run.until, one.on})
      out.signed_number(day.days());
  return out.take();
}

Decided decided_from(std::string_view bytes) {
  Unpacker in(bytes);
  const auto form = in.number();
  if (form < 1 || form > 5) throw std::runtime_error("a decision was written by a newer hub: use that one");
  Decided decided;
  decided.confirmed = read_spans(in);
  if (in.number() != 0) decided.set_aside = read_spans(in);
  if (form > 1) decided.on = read_date(in);
  if (form > 2 && in.number() != 0) {
    auto& words = decided.set_aside_on.emplace();
    for (auto count = in.count(); count > 0; --count) {
      auto& word = words.emplace_back();
      word.about = PersonId{in.signed_number()};
      word.fact = static_cast<FactKind>(in.number());
      word.source = in.text();
      word.weight = static_cast<EvidenceClass>(in.number());
    }
  }
  if (form > 2)
    for (auto count = in.count(); count > 0; --count) {
      const auto from = read_date(in);
      decided.once.push_back({from, read_date(in)});
    }
  if (form > 3)
    for (auto* over : {&decided.confirmed_over, &decided.set_aside_over}) {
      over->at_us = in.signed_number();
      for (auto count = in.count(); count > 0; --count)
        over->anchors.push_back(Token::from(in.raw(16)));
    }
  if (form > 4)
    for (auto count = in.count(); count > 0; --count) {
      auto& one = decided.first.emplace_back();
      one.run.from = read_date(in), one.run.until = read_date(in), one.on = read_date(in);
    }
  return decided;
}

bool same_news(const LeadContent& a, const LeadContent& b) {
  auto plain = [](LeadContent content) {
    for (auto& one : content.evidence)
      one.received_at_us = 0, one.event_sequence = 0, one.about = {};
    // Months that merely pass are no news: they are computed when the lead is shown.
    content.arrears_fen = content.overpaid_fen = 0;
    content.not_before = {};
    return to_bytes(content);
  };
  return plain(a) == plain(b);
}

std::string lead_reference(const Keyring& keys, LeadId id) {
  return reference_of(keys, 'L', id.value);
}

std::string person_reference(const Keyring& keys, PersonId id) {
  return reference_of(keys, 'P', id.value);
}

std::string family_reference(const Keyring& keys, const std::vector<PersonId>& couple) {
  std::string text;
  for (auto person : couple)
    text += std::to_string(person.value) + "\n";
  return reference_text('F', keys.token("family reference", text));
}

namespace {

void put_text(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\', out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00", append_hex(out, {&c, 1});
    } else {
      out += c;
    }
  }
  out += '"';
}

/// Streaming JSON writer of one object: a notice is made for every change of a lead, and a tree of it costs
/// more than the rest of telling it.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  JsonObject& text(std::string_view name, std::string_view value) { return put_text(at(name), value), *this; }
  JsonObject& number(std::string_view name, std::int64_t value) {
    return at(name) += std::to_string(value), *this;
  }
  JsonObject& null(std::string_view name) { return at(name) += "null", *this; }
  std::string& at(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    put_text(out_, name);
    return out_ += ':';
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
};

}  // namespace

std::string notice_json(const Keyring& keys, std::int64_t sequence, const LeadRow& lead,
                        const LeadContent& content, std::string_view what, std::int64_t at_us) {
  const auto reference = lead_reference(keys, lead.id);
  std::string json;
  json.reserve(640);
  JsonObject notice(json);
  notice.text("specversion", "1.0")
      .text("id", reference + "." + std::to_string(lead.revision))
      .text("source", "kinhub")
      .text("type", "kinhub.lead." + std::string(what))
      .text("subject", reference)
      .text("time", utc(at_us))
      .text("datacontenttype", "application/json")
      .number("seq", sequence);
  notice.at("data");
  JsonObject data(json);
  data.text("lead", reference)
      .text("kind", name_of(lead.kind))
      .text("state", name_of(lead.state))
      .text("benefit", lead.benefit)
      .text("person", person_reference(keys, lead.person))
      .text("family", content.family)
      .text("from", content.when.from.text());
  if (content.when.until == Date::forever())
    data.null("until");
  else
    data.text("until", content.when.until.text());
  if (content.amount.known) {
    data.at("amount");
    JsonObject amount(json);
    amount.number("fen", content.amount.fen).text("per", name_of(content.amount.per)).end();
  } else {
    data.null("amount");
  }
  data.text("certainty", content.certainty == Certainty::sure ? "sure" : "pending");
  data.at("pending") += '[';
  for (const auto& waits : content.pending) {
    if (json.back() != '[') json += ',';
    put_text(json, waits);
  }
  json += ']';
  data.number("evidence", static_cast<std::int64_t>(content.evidence.size()))
      .number("revision", lead.revision)
      .end();
  notice.end();
  return json;
}

}  // namespace kinhub
