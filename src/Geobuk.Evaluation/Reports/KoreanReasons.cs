namespace Geobuk.Evaluation.Reports;

/// <summary>Why a document is in no set, what was masked in one, and what its use obliges to, in Korean; what is not known here stays as it is written.</summary>
internal static class KoreanReasons
{
    public static string Of(string reason) => reason switch
    {
        "duplicate" => "다른 문서와 같음",
        "near_duplicate" => "다른 문서와 거의 같음",
        "too_short" => "너무 짧음",
        "empty" => "정규화 뒤 빈 문서",
        "no_text" => "텍스트 없음",
        "unsupported_format" => "읽지 않는 형식",
        "max_documents" => "문서 수 상한 밖",
        "beyond_replay_share" => "재생 비율 밖의 일반 문서",
        "removed" => "삭제를 요구한 문서",
        "language" => "다른 언어",
        "not_yet_in_force" => "기준일 뒤에 시행",
        "superseded" => "기준일에 이미 개정됨",
        "repealed" => "기준일에 이미 폐지됨",
        "security_marking" => "보안 표지",
        "license_unknown" => "이용 근거 없음",
        "license_forbids" => "이용허락이 학습을 막음",
        "encrypted" => "암호가 걸림",
        "damaged" => "손상됨",
        "hwp3" => "한글 3 형식",
        "wrong_extension" => "확장자와 내용이 다름",
        "too_large" => "너무 큼",
        "too_slow" => "읽는 데 너무 오래 걸림",
        "encoding" => "글자 부호를 알 수 없음",
        "reader_fault" => "읽기 프로그램의 잘못",
        _ => Kind(reason),
    };

    /// <summary>A kind of personal data.</summary>
    public static string Kind(string kind) => kind switch
    {
        "resident_number" => "주민등록번호",
        "foreigner_number" => "외국인등록번호",
        "service_number" => "군번",
        "passport" => "여권번호",
        "driver_license" => "운전면허번호",
        "phone" => "전화번호",
        "account" => "계좌번호",
        "card" => "카드번호",
        "email" => "전자우편",
        "name" => "이름",
        _ => kind,
    };
}
