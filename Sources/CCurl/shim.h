#pragma once
#include <curl/curl.h>
#include <stddef.h>
#include <sys/socket.h>

// libcurl's options are variadic calls, which Swift does not import: one function for each type of value.
// https://curl.se/libcurl/c/curl_easy_setopt.html

static inline CURLcode perigee_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode perigee_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode perigee_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode perigee_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode perigee_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

typedef size_t (*perigee_curl_bytes)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode perigee_curl_set_bytes(CURL *easy, CURLoption option, perigee_curl_bytes function) {
    return curl_easy_setopt(easy, option, function);
}

typedef curl_socket_t (*perigee_curl_open)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
static inline CURLcode perigee_curl_set_open(CURL *easy, perigee_curl_open function, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, function);
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context) : code;
}

static inline CURLcode perigee_curl_status(CURL *easy, long *status) {
    return curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, status);
}
static inline CURLcode perigee_curl_private(CURL *easy, void **context) {
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, context);
}

typedef int (*perigee_curl_socket)(CURL *easy, curl_socket_t socket, int what, void *context, void *socketContext);
typedef int (*perigee_curl_timer)(CURLM *multi, long milliseconds, void *context);
static inline CURLMcode perigee_curl_multi_set_callbacks(
    CURLM *multi, perigee_curl_socket socket, perigee_curl_timer timer, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code;
}
static inline CURLMcode perigee_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// The transfer that a message says is done, and its result; NULL for another message.
static inline CURL *perigee_curl_done(const CURLMsg *message, CURLcode *result) {
    if (message->msg != CURLMSG_DONE) return NULL;
    *result = message->data.result;
    return message->easy_handle;
}

static inline CURLcode perigee_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
static inline curl_socket_t perigee_curl_bad_socket(void) { return CURL_SOCKET_BAD; }
static inline curl_socket_t perigee_curl_timeout_socket(void) { return CURL_SOCKET_TIMEOUT; }
