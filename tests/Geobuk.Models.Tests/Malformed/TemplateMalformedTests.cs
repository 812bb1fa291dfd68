using System.Text.Json.Nodes;
using Geobuk.Models.ChatTemplates;

namespace Geobuk.Models.Tests.Malformed;

/// <summary>Chat templates that would take all time, memory or stack; each ends typed, by the bound on its steps or characters, and within one on memory.</summary>
public class TemplateMalformedTests
{
    private const long MostBytes = 256 << 20;

    private const string Content = "본문 ";

    public static TheoryData<string, string> Bombs() => new()
    {
        { "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps" },
        { "{% for a in range(9999999999) %}x{% endfor %}", "characters" },
        { "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "macros call each other" },
        { "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}", "macros call each other" },
        { "{% macro f() %}{% for i in range(40) %}{{ f() }}{% endfor %}{% endmacro %}{{ f() }}", "macros call each other" },
        { "{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(30) }}", "more than" },
        { "{{ 'x' * 999999999999 }}", "characters" },
        { "{{ 9223372036854775807 * 'xx' }}", "characters" },
        { "{{ 'x' * 20000000 * 20 }}", "characters" },
        { "{{ range(0, 9223372036854775807) }}", "characters" },
        { "{% for i in range(-9223372036854775807, 9223372036854775807) %}{% endfor %}", "characters" },
        { "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", "characters" },
        { "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}", "characters" },
        { "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}", "steps" },
        { "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}", "steps" },
        { "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}", "steps" },
        { "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l in [ns.m] }}", "steps" },
        { "{% set ns = namespace(l={'a': 1}) %}{% for i in range(60) %}{% set ns.l = {'a': ns.l, 'b': ns.l} %}{% endfor %}{{ ns.l|string }}", "steps" },
        { "{% set ns = namespace(l=[]) %}{% for i in range(300) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}", "nested deeper" },
        { "{% set s = 'x' * 1000000 %}{% for i in range(99999) %}{{ s[0] }}{% endfor %}", "characters" },
        { "{% set s = 'x' * 1000000 %}{% for i in range(99999) %}{{ s|length }}{% endfor %}", "characters" },
        { "{% set s = 'x' * 1000000 %}{% for i in range(99999) %}{% if s == s ~ '' %}{% endif %}{% endfor %}", "characters" },
        { "{% set s = 'x' * 1000000 %}{% for i in range(99999) %}{% if 'y' in s %}{% endif %}{% endfor %}", "characters" },
        { "{% set s = 'x' * 1000000 %}{% set t = 'x' * 500000 ~ 'y' %}{{ t in s }}{{ s.find(t) }}{{ s.count(t) }}", "characters" },
        { "{% set s = 'x' * 1000000 %}{% for i in range(99999) %}{% if s.strip() %}{% endif %}{% endfor %}", "characters" },
        { "{% set s = 'x' * 1000000 %}{{ s.strip('yz' * 500000 ~ 'x') }}", "characters" },
        { "{% set s = 'x' * 1000000 %}{% for i in range(99999) %}{% if s[::2] %}{% endif %}{% endfor %}", "characters" },
        { "{% set s = 'x' * 1000000 %}{% for c in s %}{{ s }}{% endfor %}", "characters" },
        { "{{ ('x' * 1000000).split('x')|join('y' * 1000) }}", "characters" },
        { "{{ ('x' * 1000000).replace('x', 'y' * 1000) }}", "characters" },
        { "{{ ('x\\n' * 1000000)|indent(64) }}", "characters" },
        { "{% set m = dict() %}{% set l = range(99999)|list %}{% for i in l %}{{ l|sort|first }}{% endfor %}", "characters" },
        { "{{ range(90000)|unique|list }}", "steps" },
        { "{{ range(90000)|list == range(90000)|list and range(90000)|map('string')|join == '' }}{% for i in range(9) %}{{ range(90000)|join }}{% endfor %}", "more than" },
        { "{% for i in range(99999) %}{{ [1,2,3,4,5,6,7,8,9]|tojson(indent=64) }}{% endfor %}", "more than" },
        { "{% set x %}{{ 'x' * 9999999 }}{% endset %}{% for i in range(99) %}{{ x }}{% endfor %}", "characters" },
        { "{% for i in range(99999) %}{% set x = dict(a=1, b=2, c=3, d=4) %}{% endfor %}", "more than" },
        { "{% for i in range(99999) %}{% set x = namespace(a=1, b=2, c=3, d=4) %}{% endfor %}", "more than" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Render_Bomb_StopsAtALimitAndSmall(string template, string words)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var fault = Assert.Throws<UserInputException>(() => Render(template));
        Assert.StartsWith("model/chat_template.jinja:1: ", fault.Message);
        Assert.Contains(words, fault.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }

    /// <summary>Refused before any part of the result is made.</summary>
    [Theory]
    [InlineData("{{ 'x' * 999999999999 }}")]
    [InlineData("{{ range(999999999) }}")]
    [InlineData("{{ {{ }}")]
    [InlineData("{{ 1|indent(999999999) }}")]
    [InlineData("{{ {}|tojson(indent=999999999) }}")]
    [InlineData("{% include '/etc/passwd' %}")]
    [InlineData("{{ ''.__class__.__mro__[1].__subclasses__() }}")]
    [InlineData("{{ lipsum.__globals__.os.popen('id').read() }}")]
    [InlineData("{{ messages.__class__.__init__.__globals__ }}")]
    public void Render_LargeOrForbidden_IsRefusedBeforeMemoryIsTaken(string template) =>
        Refusal.Expect("model/chat_template.jinja", ":1: ", () => Render(template));

    [Fact]
    public void Parse_DeepOrLong_IsRefused()
    {
        foreach (var template in (string[])[
            "{{ " + new string('(', 5000) + "1" + new string(')', 5000) + " }}", "{{ " + new string('[', 5000), "{{ " + string.Concat(Enumerable.Repeat("not ", 5000)) + "1 }}",
            "{{ " + new string('{', 5000), "{{ a" + string.Concat(Enumerable.Repeat("[a", 5000)), "{{ a" + string.Concat(Enumerable.Repeat("(a", 5000)), "{{ a" + string.Concat(Enumerable.Repeat("|d(a", 5000)),
            "{{ " + new string('-', 5000) + "1 }}", string.Concat(Enumerable.Repeat("{% if 1 %}", 5000)), string.Concat(Enumerable.Repeat("{% set x %}", 5000)),
            string.Concat(Enumerable.Repeat("{% macro f() %}", 5000)), "{{ " + string.Concat(Enumerable.Repeat("1 if 1 else ", 5000)), new string('x', 2 << 20)])
            Refusal.Expect("t", "t:1: ", () => ChatTemplate.Parse(template, "t"));
    }

    [Fact]
    public void Parse_ManyAdjacentStrings_AreOneWithoutACopyForEach()
    {
        // Joined one to the next, they would take 40 GB.
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(200_000, Render("{{ " + string.Concat(Enumerable.Repeat("'x' ", 200_000)) + "}}").Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }

    [Theory]
    [InlineData("{{ range(9223372036854775806, 9223372036854775807, 5)|list }}", "[9223372036854775806]")]
    [InlineData("{{ (-9223372036854775807 - 1) is divisibleby(-1) }}", "True")]
    public void Render_EdgeOfTheNumbers_IsExact(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("{{ (-9223372036854775807 - 1)|abs }}", "abs is asked of -9223372036854775808")]
    [InlineData("{{ (-9223372036854775807 - 1) // -1 }}", "has no value")]
    [InlineData("{{ -9223372036854775808 }}", "the number is 9223372036854775808")]
    [InlineData("{{ [1, 'a']|sort }}", "a number is compared with a text")]
    [InlineData("{{ [[1], 2]|sort }}", "is compared with")]
    [InlineData("{{ dict(a=1, a=2) }}", "the argument a is given twice")]
    public void Render_WhatHasNoValue_SaysWhy(string template, string words) => Refusal.Expect("model/chat_template.jinja", words, () => Render(template));

    [Fact]
    public void Render_LongChat_StaysWithinTheLimits()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}{% if '</think>' in m.content %}{% set c = m.content.split('</think>')[-1].lstrip('\\n') %}{% else %}{% set c = m.content %}{% endif %}{{ '<|im_start|>' + m.role + '\\n' + c|trim + '<|im_end|>' }}{% endfor %}", "t");
        var long_ = string.Concat(Enumerable.Repeat(Content, 1000));
        var chat = Enumerable.Range(0, 1000).Select(i => new ChatMessage(i % 2 == 0 ? "user" : "assistant", long_)).ToList();
        Assert.InRange(template.Render(chat, true).Length, 3_000_000, 4_000_000);
    }

    private static string Render(string template) =>
        ChatTemplate.Parse(template, "model/chat_template.jinja").Render([new ChatMessage("user", Content)], true, new Dictionary<string, JsonNode?> { ["tools"] = new JsonArray() });
}
