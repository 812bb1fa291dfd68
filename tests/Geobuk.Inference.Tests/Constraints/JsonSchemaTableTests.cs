using System.Text.Json;
using Geobuk.Inference.Constraints;
using Geobuk.Models;

namespace Geobuk.Inference.Tests.Constraints;

/// <summary>JSON Schema 2020-12 keyword by keyword, and what earlier drafts and OpenAPI 3.0 wrote otherwise: what comes, what cannot, what is refused.</summary>
public sealed class JsonSchemaTableTests
{
    [Theory]
    // type
    [InlineData("""{"type":"null"}""", "null", "0|\"\"")]
    [InlineData("""{"type":"boolean"}""", "true|false", "null|1")]
    [InlineData("""{"type":["string","null"]}""", "\"a\"|null", "1|{}")]
    [InlineData("""{"type":"integer"}""", "0|-7|123", "1.5|01|\"1\"|1e2")]
    [InlineData("""{"type":"number"}""", "0|-7|1.5|1e2", "\"1\"|.5")]
    [InlineData("""{"type":"string","nullable":true}""", "\"a\"|null", "1")]
    [InlineData("true", "1|[{}]|{\"a\":[null,{\"b\":1}]}", "}|")]
    [InlineData("{}", "1|[[[[[[[[1]]]]]]]]", "[")]
    // const and enum, and what stands beside them
    [InlineData("""{"const":{"a":[1,"가"]}}""", "{\"a\":[1,\"가\"]}", "{\"a\":[1]}")]
    [InlineData("""{"enum":["a",1,null,true]}""", "\"a\"|1|null|true", "2|false")]
    [InlineData("""{"enum":["a","b\"\n",1],"type":"string"}""", "\"a\"|\"b\\\"\\n\"", "1")]
    [InlineData("""{"enum":["a","bb","ccc"],"minLength":2,"maxLength":2}""", "\"bb\"", "\"a\"|\"ccc\"")]
    [InlineData("""{"enum":["a-1","b"],"pattern":"^[a-z]-"}""", "\"a-1\"", "\"b\"")]
    [InlineData("""{"enum":[1,2.5,3,9],"type":"integer","maximum":5}""", "1|3", "2.5|9")]
    [InlineData("""{"enum":[[1],[1,2],{"a":1}],"minItems":2}""", "[1,2]|{\"a\":1}", "[1]")]
    [InlineData("""{"const":"a","enum":["a","b"]}""", "\"a\"", "\"b\"")]
    // strings
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"ab\"|\"가나다\"|\"\\u00e4b\"", "\"a\"|\"abcd\"")]
    [InlineData("""{"type":"string","pattern":"b"}""", "\"abc\"|\"b\"|\"\\nb\"", "\"ac\"")]
    [InlineData("""{"type":"string","pattern":"^a|b$"}""", "\"ax\"|\"xb\"|\"a\"", "\"xa\"|\"bx\"")]
    [InlineData("""{"type":"string","pattern":"^(a|b$)"}""", "\"ax\"|\"b\"", "\"bx\"|\"xa\"")]
    [InlineData("""{"type":"string","pattern":"^a\\$$"}""", "\"a$\"", "\"a\"|\"a$b\"")]
    [InlineData("""{"type":"string","pattern":"^\"[a-z]+\\\\$"}""", "\"\\\"ab\\\\\"", "\"ab\"")]
    [InlineData("""{"type":"string","pattern":"^[a-z]+$","maxLength":3}""", "\"abc\"", "\"abcd\"|\"\"")]
    [InlineData("""{"type":"string","pattern":"^[a-z]{2,9}$","minLength":4,"maxLength":5}""", "\"abcd\"|\"abcde\"", "\"abc\"|\"abcdef\"")]
    [InlineData("""{"type":"string","pattern":"^[a-z]+(-[a-z]+)*$","minLength":3,"maxLength":6}""", "\"a-b\"|\"abc-de\"", "\"ab\"|\"a-b-c-d\"|\"ab-\"")]
    [InlineData("""{"type":"string","pattern":"나","minLength":2,"maxLength":3}""", "\"가나\"|\"나가나\"", "\"나\"|\"가다\"|\"가가나나\"")]
    [InlineData("""{"type":"string","pattern":"^([^\\s]|\\Sx)$"}""", "\"가\"|\"!x\"", "\" \"|\"\u0085\"|\"\u2028x\"|\"\\t\"")]
    [InlineData("""{"allOf":[{"type":"string","pattern":"a"},{"pattern":"b"}]}""", "\"ab\"|\"xbya\"", "\"a\"|\"b\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2024-02-29\"|\"2023-12-31\"", "\"2023-02-29\"|\"2023-04-31\"|\"1900-02-29\"|\"23-1-1\"")]
    [InlineData("""{"type":"string","format":"time"}""", "\"12:00:59Z\"|\"23:59:00.5+09:00\"", "\"24:00:00Z\"|\"12:00:00\"|\"12:00Z\"")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2024-02-29T12:00:00Z\"", "\"2024-02-30T12:00:00Z\"|\"2024-02-29 12:00:00Z\"")]
    [InlineData("""{"type":"string","format":"duration"}""", "\"P3DT4H\"|\"PT5M\"|\"P2W\"", "\"P\"|\"PT\"|\"3D\"")]
    [InlineData("""{"type":"string","format":"email"}""", "\"a.b@c-d.kr\"", "\"a..b@c.kr\"|\"a@b\"|\"@c.kr\"|\"a@-c.kr\"")]
    [InlineData("""{"type":"string","format":"hostname"}""", "\"a-b.go.kr\"|\"host\"", "\"-a\"|\"a..b\"|\"a_b\"")]
    [InlineData("""{"type":"string","format":"ipv4"}""", "\"10.0.255.1\"", "\"10.0.256.1\"|\"10.0.1\"|\"01.0.0.1\"")]
    [InlineData("""{"type":"string","format":"ipv6"}""", "\"::1\"|\"2001:db8::7\"|\"1:2:3:4:5:6:7:8\"", "\"1:2\"|\"1::2::3\"|\":::1\"")]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"123e4567-e89b-12d3-a456-42661417400F\"", "\"123e4567\"")]
    [InlineData("""{"type":"string","format":"uri"}""", "\"https://law.go.kr/a?b=c#d\"|\"mailto:a@b.kr\"", "\"law.go.kr\"|\"https://a b\"")]
    [InlineData("""{"type":"string","format":"uri","maxLength":40}""", "\"https://law.go.kr/a\"", "\"https://law.go.kr/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"")]
    [InlineData("""{"type":"string","format":"json-pointer"}""", "\"/a/~0\"|\"\"", "\"a\"|\"/~2\"")]
    [InlineData("""{"type":"string","format":"email","maxLength":6}""", "\"a@b.kr\"", "\"ab@b.kr\"")]
    [InlineData("""{"type":"string","format":"textarea"}""", "\"anything\"", "1")]
    [InlineData("""{"not":{"pattern":"a"},"type":"string"}""", "\"b\"|\"\"", "\"bab\"")]
    [InlineData("""{"not":{"enum":["a","b"]},"type":["string","null"]}""", "\"c\"|\"ab\"|\"\"|null", "\"a\"|\"b\"")]
    // numbers
    [InlineData("""{"type":"integer","minimum":-2,"exclusiveMaximum":11}""", "-2|0|10", "-3|11")]
    [InlineData("""{"type":"number","exclusiveMinimum":0,"maximum":0.25}""", "0.1|0.25", "0|0.26|0.0")]
    [InlineData("""{"type":"integer","minimum":1,"exclusiveMinimum":true}""", "2", "1")]
    [InlineData("""{"allOf":[{"type":"number","minimum":3},{"type":"integer","maximum":5}]}""", "3|5", "2|6|3.5")]
    [InlineData("""{"type":"integer","multipleOf":7}""", "0|7|-14|700", "8|7.5")]
    [InlineData("""{"type":"integer","multipleOf":5,"minimum":12,"maximum":31}""", "15|30", "10|12|35")]
    [InlineData("""{"type":"number","multipleOf":0.01,"minimum":0}""", "1|1.5|19.99|2.500", "1.005|-1")]
    [InlineData("""{"type":"number","multipleOf":0.25}""", "0.25|1.5|-3|0.750", "0.3|0.125|1.05")]
    [InlineData("""{"type":"number","multipleOf":2}""", "4|4.0", "3|4.5")]
    [InlineData("""{"type":"integer","multipleOf":10,"not":{"const":20}}""", "10|30|200", "20|25")]
    [InlineData("""{"type":"integer","format":"int32"}""", "2147483647|-2147483648", "2147483648")]
    [InlineData("""{"type":"integer","not":{"enum":[0,3]}}""", "1|30|-3", "0|3|-0")]
    [InlineData("""{"type":"number","not":{"multipleOf":1},"minimum":0}""", "0.5|3.25", "1|3.0|-1.5")]
    [InlineData("""{"type":"number","not":{"type":"integer"}}""", "0.5", "1|2.0|\"a\"")]
    [InlineData("""{"type":"integer","multipleOf":500}""", "1500|0|-500", "1250|50|5|00")]
    // arrays
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}""", "[1]|[1, 2]", "[]|[1,2,3]|[\"a\"]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}]}""", "[]|[\"a\"]|[\"a\",1]|[\"a\",1,null]", "[1]|[\"a\",\"b\"]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":false}""", "[]|[\"a\",1]", "[\"a\",1,2]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"null"},"minItems":2,"maxItems":3}""", "[\"a\",null]|[\"a\",null,null]", "[\"a\"]|[\"a\",1]|[\"a\",null,null,null]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"minItems":2,"maxItems":2}""", "[\"a\",1]", "[\"a\"]|[\"a\",1,2]")]
    [InlineData("""{"type":"array","items":[{"type":"string"}],"additionalItems":{"type":"null"}}""", "[\"a\",null]", "[null]|[\"a\",1]")]
    [InlineData("""{"type":"array","prefixItems":[{"const":1}],"unevaluatedItems":false}""", "[1]|[]", "[1,2]")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"contains":{"minimum":5},"maxItems":3}""", "[5]|[1,9,2]", "[1,2]|[]|[1,2,3,9]")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"contains":{"const":7},"minContains":2}""", "[7,7]|[7,1,7,2,3]", "[7]|[7,1]")]
    [InlineData("""{"type":"array","contains":{"const":7},"minContains":0,"items":{"type":"integer"}}""", "[]|[1]", "[\"a\"]")]
    [InlineData("""{"type":"array","items":{"enum":["a","b","c"]},"uniqueItems":true,"minItems":2}""", "[\"a\",\"b\"]|[\"c\",\"a\", \"b\"]", "[\"a\",\"a\"]|[\"a\"]|[\"a\",\"b\",\"c\",\"a\"]")]
    [InlineData("""{"type":"array","uniqueItems":true,"maxItems":1}""", "[]|[1]", "[1,1]")]
    [InlineData("""{"type":"array","uniqueItems":false}""", "[1,1]", "{}")]
    // objects
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{}},"required":["b"]}""", "{\"b\":1}|{\"a\":1,\"b\":[]}|{\"a\": 1, \"b\": {}}", "{}|{\"a\":1}|{\"a\":\"x\",\"b\":1}|{\"b\":1,\"c\":1}|{\"b\":1,}")]
    [InlineData("""{"type":"object"}""", "{}|{\"x\":[1]}", "[]")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}}""", "{\"a\":1,\"b\":\"x\"}|{\"ab\":\"x\"}|{\"\":\"x\"}", "{\"a\":\"x\"}|{\"b\":1}|{\"\\u0061\":\"x\"}")]
    [InlineData("""{"type":"object","patternProperties":{"^x-":{"type":"integer"}},"additionalProperties":false}""", "{}|{\"x-a\":1,\"x-b\":2}", "{\"y\":1}|{\"x-a\":\"s\"}")]
    [InlineData("""{"type":"object","properties":{"x-a":{"maximum":5}},"patternProperties":{"^x-":{"type":"integer"}},"additionalProperties":false}""", "{\"x-a\":5,\"x-b\":9}", "{\"x-a\":6}|{\"x-b\":\"s\"}|{\"x-a\":1,\"x-a\":9}")]
    [InlineData("""{"type":"object","patternProperties":{"^a":{"type":"integer"},"b$":{"maximum":3}},"additionalProperties":{"type":"null"}}""", "{\"ax\":9,\"ab\":2,\"c\":null}", "{\"ab\":9}|{\"ax\":null}|{\"c\":1}")]
    [InlineData("""{"type":"object","propertyNames":{"pattern":"^[a-z]+$","maxLength":3},"additionalProperties":{"type":"integer"}}""", "{\"abc\":1}|{}", "{\"abcd\":1}|{\"A\":1}")]
    [InlineData("""{"type":"object","propertyNames":{"enum":["a","b"]}}""", "{\"a\":1,\"b\":2}|{}", "{\"c\":1}")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{},"c":{}},"minProperties":2,"maxProperties":2}""", "{\"a\":1,\"c\":1}|{\"b\":1,\"c\":1}", "{\"a\":1}|{\"a\":1,\"b\":1,\"c\":1}|{}")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"additionalProperties":{"type":"null"},"minProperties":2,"maxProperties":3}""", "{\"a\":1,\"b\":1}|{\"a\":1,\"x\":null}|{\"b\":1,\"x\":null,\"y\":null}", "{\"a\":1}|{\"x\":null,\"x\":null}|{\"a\":1,\"b\":1,\"x\":null,\"y\":null}")]
    [InlineData("""{"type":"object","properties":{"a":{},"bc":{}},"propertyNames":{"maxLength":1}}""", "{\"a\":1}|{}", "{\"bc\":1}")]
    [InlineData("""{"type":"object","minProperties":1}""", "{\"a\":1}", "{}")]
    [InlineData("""{"type":"object","maxProperties":1}""", "{}|{\"a\":1}", "{\"a\":1,\"b\":1}")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"dependentRequired":{"a":["b"]}}""", "{\"a\":1,\"b\":1}|{\"b\":1}|{}", "{\"a\":1}")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"dependentSchemas":{"a":{"properties":{"b":{"type":"null"}},"required":["b"]}}}""", "{\"a\":1,\"b\":null}|{\"b\":1}", "{\"a\":1}|{\"a\":1,\"b\":1}")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"dependencies":{"a":["b"]}}""", "{\"a\":1,\"b\":1}", "{\"a\":1}")]
    [InlineData("""{"type":"object","properties":{"a":false,"b":true}}""", "{\"b\":1}|{}", "{\"a\":1}")]
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{}}},{"properties":{"b":{}},"required":["b"]}],"unevaluatedProperties":false}""", "{\"a\":1,\"b\":1}", "{\"a\":1}|{\"b\":1,\"c\":1}")]
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{}},"additionalProperties":false},{"properties":{"b":{}}}]}""", "{\"a\":1}|{}", "{\"b\":1}")]
    // applicators
    [InlineData("""{"allOf":[{"$ref":"#/$defs/s"},{"maxLength":2}],"$defs":{"s":{"type":"string"}}}""", "\"ab\"", "\"abc\"|1")]
    [InlineData("""{"$ref":"#/$defs/s","minLength":2,"$defs":{"s":{"type":"string"}}}""", "\"ab\"", "\"a\"|1")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"null"}],"default":null}""", "\"a\"|null", "1")]
    [InlineData("""{"type":"string","anyOf":[{"const":"a"},{"const":1},{"minLength":3}]}""", "\"a\"|\"abc\"", "1|\"ab\"")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"anyOf":[{"required":["a"]},{"required":["b"]}]}""", "{\"a\":1}|{\"b\":1}|{\"a\":1,\"b\":1}", "{}")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"oneOf":[{"required":["a"]},{"required":["b"]}]}""", "{\"a\":1}|{\"b\":1}", "{}|{\"a\":1,\"b\":1}")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"minimum":5,"type":"number"}]}""", "4|5.5|-3", "5|6")]
    [InlineData("""{"oneOf":[{"type":"object","properties":{"k":{"const":"a"},"x":{}},"required":["k"]},{"type":"object","properties":{"k":{"const":"b"},"y":{}},"required":["k"]}]}""", "{\"k\":\"a\",\"x\":1}|{\"k\":\"b\",\"y\":1}", "{\"k\":\"a\",\"y\":1}|{\"k\":\"c\"}")]
    [InlineData("""{"not":{"type":["object","array"]}}""", "1|\"a\"|null|true", "{}|[]")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"not":{"required":["a","b"]}}""", "{\"a\":1}|{\"b\":1}|{}", "{\"a\":1,\"b\":1}")]
    [InlineData("""{"type":"object","properties":{"k":{"enum":["a","b"]},"v":{}},"required":["k"],"if":{"properties":{"k":{"const":"a"}}},"then":{"required":["v"]},"else":{"properties":{"v":false}}}""", "{\"k\":\"a\",\"v\":1}|{\"k\":\"b\"}", "{\"k\":\"a\"}|{\"k\":\"b\",\"v\":1}")]
    [InlineData("""{"type":"integer","if":{"minimum":10},"then":{"multipleOf":10}}""", "3|20", "13")]
    // references
    [InlineData("""{"$ref":"#/definitions/a~1b%25","definitions":{"a/b%":{"const":1}}}""", "1", "2")]
    [InlineData("""{"$ref":"#name","$defs":{"x":{"$anchor":"name","const":1}}}""", "1", "2")]
    [InlineData("""{"$id":"https://a.kr/s.json","properties":{"a":{"$ref":"https://a.kr/s.json#/$defs/x"},"b":{"$ref":"y.json"}},"$defs":{"x":{"const":1},"y":{"$id":"y.json","const":2}}}""", "{\"a\":1,\"b\":2}", "{\"a\":2}|{\"b\":1}")]
    [InlineData("""{"$dynamicRef":"#n","$defs":{"x":{"$dynamicAnchor":"n","const":1}}}""", "1", "2")]
    [InlineData("""{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["v","next"]}""", "{\"v\":1,\"next\":{\"v\":2,\"next\":{\"v\":3,\"next\":{\"v\":4,\"next\":{\"v\":5,\"next\":{\"v\":6,\"next\":{\"v\":7,\"next\":null}}}}}}}", "{\"v\":1}|{\"v\":1,\"next\":{\"v\":2}}")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"properties":{"x":{"$ref":"#/$defs/b"}},"required":["x"]},"b":{"properties":{"x":{"$ref":"#/$defs/c"}},"required":["x"]},"c":{"properties":{"x":{"$ref":"#/$defs/d"}},"required":["x"]},"d":{"properties":{"x":{"$ref":"#/$defs/e"}},"required":["x"]},"e":{"properties":{"x":{"$ref":"#/$defs/f"}},"required":["x"]},"f":{"properties":{"x":{"$ref":"#/$defs/g"}},"required":["x"]},"g":{"const":1}}}""", "{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":1}}}}}}", "{\"x\":1}")]
    // what only informs
    [InlineData("""{"type":"integer","title":"t","description":"d","default":"x","examples":[1],"deprecated":true,"readOnly":true,"$comment":"c","contentEncoding":"base64","x-order":1,"propertyOrdering":["a"],"label":"l","name":"n"}""", "1", "\"x\"")]
    public void Schema_AcceptsWhatFits(string schema, string accepted, string rejected)
    {
        var automaton = Built(schema);
        Assert.All(accepted.Split('|'), text => Assert.True(automaton.Accepts(text), $"must accept {text}"));
        Assert.All(rejected.Split('|'), text => Assert.False(automaton.Accepts(text), $"must not accept {text}"));
    }

    [Theory]
    [InlineData("""{"type":"array","uniqueItems":true}""", "schema/uniqueItems: is true;")]
    [InlineData("""{"properties":{"a":{"type":"array","items":{"type":"string"},"uniqueItems":true}}}""", "schema/properties/a/uniqueItems: is true;")]
    [InlineData("""{"type":"array","contains":{},"maxContains":2}""", "schema: has \"maxContains\"")]
    [InlineData("""{"type":"array","contains":{},"minItems":50}""", "schema/contains: is beside counts of 50")]
    [InlineData("""{"type":"number","multipleOf":0}""", "schema/multipleOf: is 0;")]
    [InlineData("""{"type":"number","multipleOf":1.0001}""", "schema/multipleOf: is 1.0001;")]
    [InlineData("""{"type":"object","minProperties":5}""", "schema: has \"minProperties\" 5;")]
    [InlineData("""{"type":"string","format":"regex"}""", "schema/format: is \"regex\";")]
    [InlineData("""{"type":"string","format":"datetime"}""", "schema/format: is \"datetime\"; expected \"date-time\"")]
    [InlineData("""{"not":{"items":{}}}""", "schema/not: must not fit, and has \"items\" alone")]
    [InlineData("""{"oneOf":[{"type":"string"},{"format":"email"}]}""", "must not fit, and has \"format\" alone")]
    [InlineData("""{"type":"number","multipleOf":1234567890123456789012345678.5}""", "schema/multipleOf: is")]
    [InlineData("""{"not":{"maxLength":2147483647}}""", "schema/not: must not fit, and has \"maxLength\" alone")]
    [InlineData("""{"type":"object","properties":{"ab":{}},"required":["ab"],"propertyNames":{"maxLength":1}}""", "no answer fits")]
    [InlineData("""{"type":"object","not":{"const":{}}}""", "schema/not: leaves out {};")]
    [InlineData("""{"properties":{"a":{"$ref":"other.json#/x"}}}""", "schema/properties/a/$ref: is \"other.json#/x\", which is not in this schema")]
    [InlineData("""{"$ref":"#nowhere"}""", "schema/$ref: is \"#nowhere\"")]
    [InlineData("""{"properties":{"a~/b":{"minimun":1}}}""", "schema/properties/a~0~1b: has \"minimun\"; expected \"minimum\"")]
    [InlineData("""{"anyof":[{}]}""", "has \"anyof\"; expected \"anyOf\"")]
    [InlineData("""{"divisibleBy":3}""", "has \"divisibleBy\"; expected \"multipleOf\"")]
    [InlineData("""{"properties":{"a":{"required":true,"type":"string"}}}""", "schema/properties/a/required: is true, as drafts before 4")]
    [InlineData("""{"allOf":[]}""", "schema/allOf: is not a list")]
    [InlineData("""{"properties":{"a":3}}""", "schema/properties/a: is 3; expected a schema")]
    [InlineData("""{"type":"string","pattern":"^(?!a)"}""", "schema/pattern: lookaround")]
    [InlineData("""{"type":"string","pattern":"a^"}""", "schema/pattern: '^' inside")]
    [InlineData("""{"type":"string","pattern":"x","maxLength":90000}""", "schema: needs more than 10000 states")]
    [InlineData("""{"type":"string","const":1}""", "no answer fits")]
    [InlineData("""{"enum":["a","b"],"type":"integer"}""", "no answer fits")]
    [InlineData("""{"allOf":[{"minLength":3,"type":"string"},{"maxLength":2}]}""", "no answer fits")]
    [InlineData("false", "no answer fits")]
    public void Schema_ThatCannotBeKept_IsRefusedByPlaceAndName(string schema, string what)
    {
        var error = Assert.Throws<UserInputException>(() =>
        {
            if (!Built(schema).HasSentence) throw new UserInputException("no answer fits");
        });
        Assert.Contains(what, error.Message);
    }

    /// <summary>What multiplies, or leads ever deeper, ends soon and takes no more than its share.</summary>
    [Fact]
    public void Schema_MadeToGrow_IsRefusedOrSmall()
    {
        var choices = string.Join(',', Enumerable.Range(0, 30).Select(i => $$"""{"anyOf":[{"required":["a{{i}}"]},{"required":["b{{i}}"]}] }"""));
        var chain = string.Join(',', Enumerable.Range(0, 5000).Select(i => $$"""
            "d{{i}}":{"allOf":[{"$ref":"#/$defs/d{{i + 1}}"},{"$ref":"#/$defs/d{{i + 2}}"}] }
            """));
        var nested = string.Join(',', Enumerable.Range(0, 3000).Select(i => $$"""
            "d{{i}}":{"type":"array","items":{"$ref":"#/$defs/d{{i + 1}}"} }
            """));
        Assert.Contains("states", Refused($$"""{"type":"object","allOf":[{{choices}}]}"""));
        Assert.Contains("combinations", Refused($$"""{"$ref":"#/$defs/d0","$defs":{ {{chain}},"d5000":{},"d5001":{} } }"""));
        Assert.InRange(Built("""{"not":{"properties":{"a":{"$ref":"#"}}}}""").Count, 1, 2000);
        Assert.InRange(Built($$"""{"$ref":"#/$defs/d0","$defs":{ {{nested}},"d3000":{} } }""").Count, 1, ByteAutomaton.Most);
        Assert.InRange(Built("""{"type":"object","properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"$ref":"#"},"d":{"$ref":"#"},"e":{},"f":{}}}""").Count, 1, 2000);

        var heavy = string.Join(',', Enumerable.Range(0, 500).Select(i => $$"""
            "p{{i}}":{"enum":["a","x{{i}}"],"type":"string","pattern":"a.*b?","maxLength":60 }
            """));
        Assert.Contains("to see what fits", Refused($$"""{"properties":{ {{heavy}} } }"""));
        Assert.Contains("lists 6000 properties", Refused($$"""{"properties":{ {{string.Join(',', Enumerable.Range(0, 6000).Select(i => $"\"{i}\":true"))}} } }"""));
        Assert.Contains("pairs", Refused($$"""{"properties":{ {{string.Join(',', Enumerable.Range(0, 4000).Select(i => $"\"{i}\":true"))}} },"patternProperties":{ {{string.Join(',', Enumerable.Range(0, 20).Select(i => $"\"x{i}\":true"))}} } }"""));
        Assert.Contains("is one of 101", Refused($$"""{"oneOf":[{{string.Join(',', Enumerable.Repeat("{}", 101))}}]}"""));

        static string Refused(string schema) => Assert.Throws<UserInputException>(() => Built(schema)).Message;
    }

    private static ByteAutomaton Built(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        var automaton = new ByteAutomaton("schema");
        automaton.Start = JsonSchemaConstraint.Build(automaton, document.RootElement, "schema", automaton.Accept());
        return automaton;
    }
}
